import { problemFrom, unreachable, type Problem } from '@lib/problem';

export type Answer<T> = { data: T } | { error: Problem };

const DEADLINE_MS = 15_000;

export type Ask = <T>(method: string, path: string, body?: unknown, options?: { key?: string; keepalive?: boolean }) => Promise<Answer<T>>;

/**
 * Questions inside a room are asked with the join token of this one class, person and role, never with the account:
 * a token that is over is renewed once, and no sign-in dialog stands in the way of a class.
 */
export function asker(classId: string, token: () => string, renew: () => Promise<boolean>): Ask {
  return async <T>(method: string, path: string, body?: unknown, { key, keepalive = false }: { key?: string; keepalive?: boolean } = {}): Promise<Answer<T>> => {
    // The same key for both tries: what the first one did is not done twice.
    const idempotencyKey = key ?? crypto.randomUUID();
    const send = (): Promise<Response> =>
      fetch(`/api/v1/live/classes/${encodeURIComponent(classId)}/${path}`, {
        method,
        headers: {
          accept: 'application/json',
          'stoa-join': token(),
          ...(method === 'GET' ? {} : { 'idempotency-key': idempotencyKey }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        credentials: 'same-origin',
        keepalive,
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
    try {
      let response = await send();
      if (response.status === 401 && (await renew())) response = await send();
      const isJson = (response.headers.get('content-type') ?? '').includes('json');
      const answer: unknown = response.status === 204 ? null : isJson ? await response.json() : await response.text();
      return response.ok ? { data: answer as T } : { error: problemFrom(response, answer) };
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      return { error: unreachable(name === 'TimeoutError' ? 'client.timeout' : error instanceof SyntaxError ? 'client.unreadable' : 'client.offline') };
    }
  };
}
