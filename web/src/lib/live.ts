import type { Centrifuge, Subscription } from 'centrifuge';

import { accessToken, isFresh, onLeave, refresh, session } from '@lib/session';
import { signal, type Signal } from '@lib/signal';

/** `waiting` is the first way in, `back` the way back after a loss; `closed` needs somebody to act. */
export type LineState = 'waiting' | 'connected' | 'back' | 'closed';

export type Position = { epoch: string; offset: number };

export type Listen = {
  channel: string;
  token: string;
  /** A fresh token for this channel, when the first is over; throw `Refused` where there is none any more. */
  renew: () => Promise<string>;
  /** Where the listener already stands: everything after it comes again. */
  since?: Position | undefined;
  onData: (data: unknown, offset: number | undefined) => void;
  /** The channel stands (again); `whole` is false when something between is lost and must be asked for anew. */
  onStand?: (whole: boolean) => void;
  onEnd?: (code: number) => void;
};

export type Line = { state: Signal<LineState>; listen: (wish: Listen) => () => void; reopen: () => void; close: () => void };

export class Refused extends Error {}

type Start = { token: () => Promise<string>; onPersonal?: (data: unknown) => void; onPersonalStand?: (whole: boolean) => void };

/** The page's own origin, under whatever name it was reached; or that of sockets that have one of their own, as the gateway printed it into the page. */
const ownOrigin = (): string => document.querySelector<HTMLMetaElement>('meta[name="stoa-sockets"]')?.content || location.origin;

/** An address as the transport wants it: absolute, and ws: for a WebSocket. */
export function addressOf(path: string, scheme: 'ws' | 'http', base = ownOrigin()): string {
  const url = new URL(path, base);
  if (scheme === 'ws') url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  else url.protocol = url.protocol === 'wss:' ? 'https:' : url.protocol === 'ws:' ? 'http:' : url.protocol;
  return url.href;
}

/** Open one connection: WebSocket, else a stream over HTTP, else server-sent events. Its code comes now, never with the page. */
export async function openLine({ token, onPersonal, onPersonalStand }: Start): Promise<Line> {
  const { Centrifuge, UnauthorizedError } = await import('centrifuge');
  const orRefused = async (ask: () => Promise<string>): Promise<string> => {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Refused) throw new UnauthorizedError('refused');
      throw error;
    }
  };
  const client = new Centrifuge(
    [
      { transport: 'websocket', endpoint: addressOf('/connection/websocket', 'ws') },
      { transport: 'http_stream', endpoint: addressOf('/connection/http_stream', 'http') },
      { transport: 'sse', endpoint: addressOf('/connection/sse', 'http') },
    ],
    { emulationEndpoint: addressOf('/emulation', 'http'), getToken: () => orRefused(token), minReconnectDelay: 200, maxReconnectDelay: 5000, name: 'stoa-web' },
  );
  const state = signal<LineState>('waiting');
  let stood = false;
  client.on('connected', () => {
    stood = true;
    state.set('connected');
  });
  client.on('connecting', () => state.set(stood ? 'back' : 'waiting'));
  client.on('disconnected', () => state.set('closed'));
  client.on('publication', ({ data }) => onPersonal?.(data));
  client.on('subscribed', ({ wasRecovering, recovered }) => onPersonalStand?.(!wasRecovering || recovered));
  client.connect();
  return { state, listen: (wish) => listenOn(client, wish, orRefused), reopen: () => client.connect(), close: () => client.disconnect() };
}

function listenOn(client: Centrifuge, { channel, token, renew, since, onData, onStand, onEnd }: Listen, ask: (wish: () => Promise<string>) => Promise<string>): () => void {
  const old = client.getSubscription(channel);
  if (old) client.removeSubscription(old);
  let first: string | undefined = token;
  const nextToken = (): Promise<string> => {
    const given = first;
    first = undefined;
    return given ? Promise.resolve(given) : ask(renew);
  };
  const subscription: Subscription = client.newSubscription(channel, {
    getToken: nextToken,
    minResubscribeDelay: 200,
    maxResubscribeDelay: 5000,
    ...(since ? { since, recoverable: true } : {}),
  });
  subscription.on('publication', ({ data, offset }) => onData(data, offset));
  subscription.on('subscribed', ({ wasRecovering, recovered }) => onStand?.(!wasRecovering || recovered));
  subscription.on('unsubscribed', ({ code }) => onEnd?.(code));
  subscription.subscribe();
  return () => {
    subscription.removeAllListeners();
    client.removeSubscription(subscription);
  };
}

async function ownToken(): Promise<string> {
  if (!isFresh() && !(await refresh())) throw new Refused();
  const token = accessToken();
  if (!token) throw new Refused();
  return token;
}

type Personal = { onData: (data: unknown) => void; onStand: (whole: boolean) => void };

const personal = new Set<Personal>();
let own: Promise<Line> | undefined;

/** The one connection of the person who is signed in; what is told to them alone (`user:<id>`) comes over it unasked. */
export function ownLine(): Promise<Line> {
  own ??= openLine({
    token: ownToken,
    onPersonal: (data) => personal.forEach(({ onData }) => onData(data)),
    onPersonalStand: (whole) => personal.forEach(({ onStand }) => onStand(whole)),
  });
  return own;
}

/** Hear what is told to the person who is signed in, for as long as they are. */
export function hearPersonal(hear: Personal): () => void {
  personal.add(hear);
  if (session.get().state === 'signed-in') void ownLine().catch(() => undefined);
  return () => personal.delete(hear);
}

onLeave(() => {
  const gone = own;
  own = undefined;
  void gone?.then((line) => line.close()).catch(() => undefined);
});

// Signed in again over the page: the line that was refused in between is taken up.
session.follow(() => {
  if (session.get().state !== 'signed-in' || session.get().expired) return;
  void own?.then((line) => line.state.get() === 'closed' && line.reopen()).catch(() => undefined);
});
