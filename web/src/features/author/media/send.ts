import { Upload } from 'tus-js-client';

import { exchange } from '@lib/api/base';
import type { CourseAsset } from '@lib/api/courses';
import type { AssetView, UploadState } from '@lib/api/media';
import { unreachable, type Problem } from '@lib/problem';
import { accessToken, isFresh, refresh } from '@lib/session';

const PIECE = 8 * 1024 * 1024;
const EVERY_MS = 500;

type Sending = { course: string; file: File; onProgress: (share: number) => void; signal: AbortSignal };

/** Send a file in pieces (it goes on where it stopped, also after a reload), wait until it is checked, and put it into the course. Throws a Problem. */
export async function sendToCourse({ course, file, onProgress, signal }: Sending): Promise<CourseAsset> {
  const address = await upload(file, onProgress, signal);
  const state = await checked(address.split('/').at(-1) ?? '', signal);
  if (state.state === 'refused' || !state.asset_id) throw { status: 422, code: 'media.refused', title: state.reason, detail: state.reason, fields: {} } satisfies Problem;
  const asset = (await ask({ url: `/media/assets/${state.asset_id}` })) as AssetView;
  return (await ask({ url: `/courses/${encodeURIComponent(course)}/assets`, method: 'POST', body: { name: file.name, sha256: asset.sha256 } })) as CourseAsset;
}

async function ask(call: Parameters<typeof exchange>[0]): Promise<unknown> {
  const answer = await exchange(call);
  if ('error' in answer) throw answer.error;
  return answer.data;
}

function upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const sending = new Upload(file, {
      endpoint: '/api/v1/media/uploads',
      chunkSize: PIECE,
      retryDelays: [0, 1000, 3000, 5000, 10_000],
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, filetype: file.type, visibility: 'course' },
      onBeforeRequest: async (request) => {
        if (!isFresh()) await refresh();
        request.setHeader('Authorization', `Bearer ${accessToken() ?? ''}`);
      },
      onProgress: (sent, size) => onProgress(size > 0 ? sent / size : 1),
      onSuccess: () => resolve(sending.url ?? ''),
      onError: (error) => reject(problemOf(error)),
    });
    signal.addEventListener('abort', () => {
      void sending.abort();
      reject(new DOMException('given up', 'AbortError'));
    });
    void sending.findPreviousUploads().then(([before]) => {
      if (before) sending.resumeFromPreviousUpload(before);
      if (!signal.aborted) sending.start();
    });
  });
}

function problemOf(error: Error): Problem {
  const body = 'originalResponse' in error ? (error.originalResponse as { getBody: () => string } | null)?.getBody() : undefined;
  try {
    const { status, code, title, detail } = JSON.parse(body ?? '') as Problem;
    return { status, code, title, detail, fields: {} };
  } catch {
    return unreachable('client.offline');
  }
}

async function checked(id: string, signal: AbortSignal): Promise<UploadState> {
  const state = (await ask({ url: `/media/uploads/${id}` })) as UploadState;
  if (state.state === 'ready' || state.state === 'refused' || signal.aborted) return state;
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  return checked(id, signal);
}
