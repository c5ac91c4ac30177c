import { keepAnswers, type Answers } from '@lib/boot';
import { signal } from '@lib/signal';
import { recall, remember } from '@lib/storage';

/**
 * Who sits at this browser. The access token lives in this module's memory only; the refresh token is a cookie no script can read.
 * `expired` means the sign-in dialog is open over the page, with everything on it intact.
 */
export type Session = {
  state: 'unknown' | 'guest' | 'signed-in';
  user?: string | undefined;
  organization?: string | undefined;
  expired: boolean;
};

export type Tokens = { access_token: string; expires_in: number; user_id: string; organization_id?: string | null };

/** What public/early.js asked before this code ran: the next tokens, with what the page asks first; or why there are none. */
type Opening = { tokens: Tokens; answers: Answers } | { status: number };

declare global {
  var stoaOpening: Promise<Opening> | undefined;
}

const REFRESH = '/api/v1/identity/refresh';

export const session = signal<Session>({ state: 'unknown', expired: false });

let token: string | undefined;
let freshUntil = 0;
let refreshing: Promise<boolean> | undefined;
let waiting: ((signedIn: boolean) => void)[] = [];

const leaving = new Set<() => void>();

/** Run `action` whenever the person changes or leaves, so that caches can be emptied. */
export function onLeave(action: () => void): void {
  leaving.add(action);
}

export function accessToken(): string | undefined {
  return token;
}

/** True while the token in memory has at least ten seconds to live. */
export function isFresh(): boolean {
  return token !== undefined && performance.now() < freshUntil - 10_000;
}

export function accept(tokens: Tokens): void {
  const before = session.get();
  token = tokens.access_token;
  freshUntil = performance.now() + tokens.expires_in * 1000;
  remember('signed-in', '1');
  remember('user', tokens.user_id);
  if (before.user !== undefined && before.user !== tokens.user_id) {
    keepAnswers({});
    for (const action of leaving) action();
  }
  session.set({ state: 'signed-in', user: tokens.user_id, organization: tokens.organization_id ?? undefined, expired: false });
  settle(true);
}

export function leave(): void {
  token = undefined;
  freshUntil = 0;
  remember('signed-in', null);
  remember('user', null);
  session.set({ state: 'guest', expired: false });
  keepAnswers({});
  for (const action of leaving) action();
  settle(false);
}

/** Trade the cookie for a new access token, once at a time in this browser: a refresh token used twice is taken for theft. */
export function refresh(): Promise<boolean> {
  refreshing ??= trading().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

function trading(): Promise<boolean> {
  const opening = globalThis.stoaOpening;
  globalThis.stoaOpening = undefined;
  return opening ? takeUp(opening) : oneTabAtATime(trade);
}

async function takeUp(opening: Promise<Opening>): Promise<boolean> {
  const opened = await opening;
  if ('tokens' in opened) {
    accept(opened.tokens);
    keepAnswers(opened.answers);
    return true;
  }
  return refused(opened.status);
}

/** False where the session is over; a server that cannot answer just now says nothing about it. */
function refused(status: number): false {
  if (status >= 500 || status === 429) throw new TypeError(`refresh answered ${status}`);
  return false;
}

async function oneTabAtATime(work: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks ? navigator.locks.request('stoa.refresh', work) : work();
}

async function trade(): Promise<boolean> {
  const response = await fetch(REFRESH, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (response.ok) {
    accept((await response.json()) as Tokens);
    return true;
  }
  return refused(response.status);
}

/** Find out at start who is here; a browser that never signed in does not ask the server. */
export async function start(): Promise<void> {
  if (recall('signed-in') === null) {
    session.set({ state: 'guest', expired: false });
    return;
  }
  try {
    if (!(await refresh())) leave();
  } catch {
    // The server cannot be reached: pages show what is kept on this device, and the next call tries again.
    session.set({ state: 'signed-in', user: recall('user') ?? undefined, expired: false });
  }
}

export function settled(): Promise<Session> {
  return new Promise((resolve) => {
    if (session.get().state !== 'unknown') return resolve(session.get());
    const stop = session.follow(() => {
      stop();
      resolve(session.get());
    });
  });
}

/** Open the sign-in dialog over the page and wait for its end; true when somebody signed in. */
export function reauthenticate(): Promise<boolean> {
  if (session.get().state !== 'signed-in') return Promise.resolve(false);
  token = undefined;
  session.set({ ...session.get(), expired: true });
  return new Promise((resolve) => waiting.push(resolve));
}

function settle(signedIn: boolean): void {
  const resolvers = waiting;
  waiting = [];
  for (const resolve of resolvers) resolve(signedIn);
}
