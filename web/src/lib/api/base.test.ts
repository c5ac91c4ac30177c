import { beforeEach, describe, expect, test, vi } from 'vitest';

import { exchange } from '@lib/api/base';
import { accept, leave, session } from '@lib/session';

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };

/** A server that gives these answers in turn and remembers what it was asked. */
function server(...answers: (Answer | Error)[]) {
  const asked: { url: string; method: string; headers: Headers; body: unknown }[] = [];
  const fetching = vi.fn(async (url: string, init: RequestInit = {}) => {
    asked.push({ url, method: init.method ?? 'GET', headers: new Headers(init.headers), body: init.body });
    const answer = answers.shift() ?? { status: 500 };
    if (answer instanceof Error) throw answer;
    const { status = 200, body = {}, headers = {} } = answer;
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
  });
  vi.stubGlobal('fetch', fetching);
  return asked;
}

const tokens = (token: string, lifetime = 900) => ({ access_token: token, expires_in: lifetime, user_id: 'ada', organization_id: 'stoa' });

beforeEach(() => leave());

describe('an exchange', () => {
  test('sends the access token, and never to the doors', async () => {
    const asked = server({}, {});
    accept(tokens('t1'));

    await exchange({ url: '/people/me' });
    await exchange({ url: '/identity/login', method: 'POST', body: {} });

    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer t1', null]);
  });

  test('after a 401 refreshes once and repeats a write under the same idempotency key', async () => {
    const asked = server({ status: 401 }, { body: tokens('t2') }, { body: { done: true } });
    accept(tokens('t1'));

    const answer = await exchange({ url: '/learn/c/blocks/b/answers', method: 'POST', body: { response: 1 } });

    expect(answer).toMatchObject({ data: { done: true } });
    expect(asked.map(({ url }) => url)).toEqual(['/api/v1/learn/c/blocks/b/answers', '/api/v1/identity/refresh', '/api/v1/learn/c/blocks/b/answers']);
    expect(asked[0]?.headers.get('idempotency-key')).toMatch(/^[0-9a-f-]{36}$/);
    expect(asked[2]?.headers.get('idempotency-key')).toBe(asked[0]?.headers.get('idempotency-key'));
    expect(asked[2]?.headers.get('authorization')).toBe('Bearer t2');
  });

  test('refreshes before it asks when the token is about to end, once for all that wait', async () => {
    const asked = server({ body: tokens('t2') }, {}, {});
    accept(tokens('t1', 5));

    await Promise.all([exchange({ url: '/people/me' }), exchange({ url: '/learn/home' })]);

    expect(asked.filter(({ url }) => url.endsWith('/refresh'))).toHaveLength(1);
    expect(asked.slice(1).map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer t2', 'Bearer t2']);
  });

  test('when the session is over waits for the sign-in over the page, then repeats', async () => {
    const asked = server({ status: 401 }, { status: 401 }, { body: { saved: true } });
    accept(tokens('t1'));

    const saving = exchange({ url: '/learn/c/blocks/b/draft', method: 'PUT', body: { response: 'x' } });
    await vi.waitFor(() => expect(session.get().expired).toBe(true));
    accept(tokens('t3'));

    expect(await saving).toMatchObject({ data: { saved: true } });
    expect(asked[2]?.headers.get('authorization')).toBe('Bearer t3');
    expect(session.get().expired).toBe(false);
  });

  test('gives up with the 401 when the reader leaves instead', async () => {
    server({ status: 401, body: { code: 'stoa.unauthenticated', title: 'Log in to continue' } }, { status: 401 });
    accept(tokens('t1'));

    const asking = exchange({ url: '/people/me' });
    await vi.waitFor(() => expect(session.get().expired).toBe(true));
    leave();

    expect(await asking).toMatchObject({ error: { status: 401, code: 'stoa.unauthenticated' } });
  });

  test('sends a change with the version it saw', async () => {
    const asked = server({ headers: { etag: '"7"' } }, { headers: { etag: '"8"' } }, {});

    await exchange({ url: '/people/me' });
    await exchange({ url: '/people/me', method: 'PATCH', body: {} });
    await exchange({ url: '/people/me', method: 'PATCH', body: {}, headers: { 'If-Match': '"3"' } });

    expect(asked.map(({ headers }) => headers.get('if-match'))).toEqual([null, '"7"', '"3"']);
  });

  test('turns a problem of the server into words, fields and a request id', async () => {
    server({
      status: 422,
      headers: { 'content-type': 'application/problem+json', 'x-request-id': 'r-1' },
      body: { type: 'urn:x', status: 422, code: 'stoa.invalid', title: 'The request is not valid', detail: 'email: …', errors: [{ field: 'email', message: 'Expected a text' }] },
    });

    const answer = await exchange({ url: '/identity/register', method: 'POST', body: {} });

    expect(answer).toMatchObject({
      error: { status: 422, code: 'stoa.invalid', requestId: 'r-1', fields: { errors: [{ field: 'email', message: 'Expected a text' }] } },
    });
  });

  test('tells a missing network from a slow server', async () => {
    server(new TypeError('Failed to fetch'), Object.assign(new Error('late'), { name: 'TimeoutError' }));

    const answers = [await exchange({ url: '/people/me' }), await exchange({ url: '/people/me' })];

    expect(answers).toMatchObject([{ error: { code: 'client.offline' } }, { error: { code: 'client.timeout' } }]);
  });

  test('leaves out what is not asked for and repeats what is a list', async () => {
    const asked = server({});

    await exchange({ url: '/catalog/courses', params: { q: 'lu & spaces', category: undefined, tag: ['a', 'b'], cursor: null } });

    expect(asked[0]?.url).toBe('/api/v1/catalog/courses?q=lu+%26+spaces&tag=a&tag=b');
  });

  test('sends a file as it is', async () => {
    const asked = server({});
    const file = new Blob(['package']);

    await exchange({ url: '/courses/import', method: 'POST', body: file, headers: { 'content-type': 'application/gzip' } });

    expect(asked[0]?.body).toBe(file);
    expect(asked[0]?.headers.get('content-type')).toBe('application/gzip');
  });

  test('takes its first answer from the page itself', async () => {
    const asked = server({ body: { from: 'server' } });
    document.body.innerHTML = '<script type="application/json" id="boot">{"answers":{"/api/v1/catalog/categories":{"body":{"from":"page"}}}}</script>';

    vi.resetModules();
    const { exchange: fresh } = await import('@lib/api/base');
    await (await import('@lib/session')).start();

    const answers = [await fresh({ url: '/catalog/categories' }), await fresh({ url: '/catalog/categories' })];

    expect(answers).toMatchObject([{ data: { from: 'page' } }, { data: { from: 'server' } }]);
    expect(asked).toHaveLength(1);
  });
});
