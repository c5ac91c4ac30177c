import { createApi, type BaseQueryFn } from '@reduxjs/toolkit/query/react';

import { bootAnswer } from '@lib/boot';
import { accessToken, isFresh, reauthenticate, refresh, session, settled } from '@lib/session';
import { problemFrom, unreachable, type Problem } from '@lib/problem';

export type Call = {
  url: string;
  method?: string;
  body?: unknown;
  params?: Record<string, unknown> | undefined;
  headers?: Record<string, string | undefined> | undefined;
  /** Outlives the page: for drafts that are sent while the reader leaves. */
  keepalive?: boolean;
};

export type Meta = { etag?: string | undefined; status?: number };

const DEADLINE_MS = 30_000;
const ETAGS_KEPT = 200;
const OPEN = /\/identity\/(login|register|refresh|verify-email|resend-verification|forgot|reset|email\/(confirm|undo))$/;

const etags = new Map<string, string>();

/** The version of a resource as this browser last saw it; sent as If-Match with its next change. */
export function etagOf(url: string): string | undefined {
  return etags.get(url);
}

/** A version from an answer's body, as If-Match wants it. */
export const versionTag = (version: number): string => `"${version}"`;

function keepEtag(url: string, etag: string | null | undefined): void {
  if (!etag) return;
  etags.delete(url);
  etags.set(url, etag);
  if (etags.size > ETAGS_KEPT) etags.delete(etags.keys().next().value as string);
}

function address({ url, params }: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') query.append(name, String(each));
    }
  }
  const path = url.startsWith('/api/') ? url : `/api/v1${url}`;
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

function headersFor(call: Call, path: string, key: string | undefined): Headers {
  const headers = new Headers({ accept: 'application/json' });
  for (const [name, value] of Object.entries(call.headers ?? {})) if (value !== undefined) headers.set(name, value);
  const token = accessToken();
  if (token && !OPEN.test(path)) headers.set('authorization', `Bearer ${token}`);
  if (key && !headers.has('idempotency-key')) headers.set('idempotency-key', key);
  const etag = etags.get(path);
  if (key && call.method !== 'POST' && etag && !headers.has('if-match')) headers.set('if-match', etag);
  return headers;
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204 || response.status === 205) return null;
  const kind = response.headers.get('content-type') ?? '';
  return kind.includes('json') ? response.json() : response.text();
}

const isRaw = (body: unknown): body is BodyInit =>
  typeof body === 'string' || body instanceof Blob || body instanceof FormData || body instanceof ArrayBuffer;

/** One exchange with the API: token, idempotency key, version, deadline, problem. Exported for what cannot go through a hook. */
export async function exchange(call: Call, signal?: AbortSignal): Promise<{ data: unknown; meta: Meta } | { error: Problem; meta: Meta }> {
  const path = address(call);
  const method = (call.method ?? 'GET').toUpperCase();
  const writes = method !== 'GET' && method !== 'HEAD';
  const key = writes ? crypto.randomUUID() : undefined;
  if (session.get().state === 'unknown' && !OPEN.test(path)) await settled();
  const told = writes ? undefined : bootAnswer(path);
  if (told) {
    keepEtag(path, told.etag);
    return { data: told.body, meta: { etag: told.etag, status: 200 } };
  }
  const send = async (): Promise<Response> => {
    const headers = headersFor({ ...call, method }, path, key);
    const raw = isRaw(call.body);
    if (call.body !== undefined && !raw && !headers.has('content-type')) headers.set('content-type', 'application/json');
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    return fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      keepalive: call.keepalive ?? false,
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      ...(call.body === undefined ? {} : { body: raw ? (call.body as BodyInit) : JSON.stringify(call.body) }),
    });
  };
  try {
    if (session.get().state === 'signed-in' && !isFresh() && !OPEN.test(path) && !call.keepalive) await refresh();
    let response = await send();
    if (response.status === 401 && !OPEN.test(path) && session.get().state === 'signed-in') {
      if ((await refresh()) || (await reauthenticate())) response = await send();
    }
    const body = await bodyOf(response);
    const meta: Meta = { etag: response.headers.get('etag') ?? undefined, status: response.status };
    if (!response.ok) return { error: problemFrom(response, body), meta };
    keepEtag(path, meta.etag);
    return { data: body, meta };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'AbortError') throw error;
    if (error instanceof SyntaxError) return { error: unreachable('client.unreadable'), meta: {} };
    return { error: unreachable(name === 'TimeoutError' ? 'client.timeout' : 'client.offline'), meta: {} };
  }
}

const baseQuery: BaseQueryFn<Call | string, unknown, Problem, object, Meta> = (args, { signal }) =>
  exchange(typeof args === 'string' ? { url: args } : args, signal);

export const TAGS = [
  'Viewer',
  'Profile',
  'Sessions',
  'Organizations',
  'Members',
  'Catalogue',
  'CoursePage',
  'MyCourses',
  'Draft',
  'Outline',
  'Node',
  'Snapshots',
  'Import',
  'Assets',
  'Seats',
  'MySeats',
  'Learning',
  'Unit',
  'Progress',
  'Home',
] as const;

/** For invalidatesTags: a refused change makes nothing stale, so a form under it keeps what was typed. */
export const whenDone =
  <Tag>(...tags: Tag[]) =>
  (_: unknown, error: unknown): Tag[] =>
    error === undefined ? tags : [];

/** The one API of the app; each service's generated file injects its endpoints when a route first needs them. */
export const api = createApi({
  reducerPath: 'api',
  baseQuery,
  tagTypes: TAGS,
  keepUnusedDataFor: 120,
  refetchOnReconnect: true,
  endpoints: () => ({}),
});
