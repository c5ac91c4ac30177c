import { problemFrom, unreachable } from '@lib/problem';
import { accessToken, isFresh, refresh } from '@lib/session';

type Sending = { url: string; file: Blob; onProgress: (share: number) => void; signal?: AbortSignal };


/** Send one large body and tell how far it is: fetch cannot say that. Resolves to the answer's JSON, throws a Problem. */
export async function sendFile<Answer>({ url, file, onProgress, signal }: Sending): Promise<Answer> {
  if (!isFresh()) await refresh();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1${url}`);
    request.responseType = 'text';
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('idempotency-key', crypto.randomUUID());
    const token = accessToken();
    if (token) request.setRequestHeader('authorization', `Bearer ${token}`);
    request.upload.addEventListener('progress', (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener('load', () => {
      const body = readJson(request.responseText);
      if (request.status >= 200 && request.status < 300 && body !== undefined) return resolve(body as Answer);
      return reject(problemFrom(new Response(null, { status: request.status, statusText: request.statusText }), body));
    });
    request.addEventListener('error', () => reject(unreachable('client.offline')));
    request.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')));
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
