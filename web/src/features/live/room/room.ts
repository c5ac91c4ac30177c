import { openLine, ownLine, Refused, type Doors, type Line, type Position } from '@lib/live';
import { signal, type Signal } from '@lib/signal';
import type { Problem } from '@lib/problem';
import type { Journal } from '@lib/journal';

import { createOutbox, type Letter, type Sent } from '../chat/outbox';
import { createRing, type Author, type Ring } from '../chat/ring';
import { asker, type Ask, type Answer } from './ask';
import { EMPTY, type RoomState } from './state';
import { commentOf, read, stateOf } from './wire';

/** What `join`, `guests` and `join/renew` answer. */
export type Joined = {
  join_token: string;
  expires_at: string;
  /** How soon the server wants to hear from this page again: the same call says who is here. */
  renew_in_s?: number;
  participant: Author;
  class: ClassFacts;
  snapshot: { position: Position } & Record<string, unknown>;
  channels: { channel: string; token: string }[];
  connection_token: string | null;
  sockets?: Partial<Doors> | null;
};

export type ClassFacts = { id: string; title: string; course_id?: string | null; starts_at?: string; ends_at?: string; code?: string | null; records?: boolean; [more: string]: unknown };

/** `back` says that the way back is being looked for; `out` that this person may not be here any more. */
export type Link = 'waiting' | 'connected' | 'back' | 'out';

/** What the page follows about the room as a whole; the flood of comments is in the ring. */
export type Status = { link: Link; unread: number };

type Start = {
  classId: string;
  joined: Joined;
  /** A fresh token for the same seat; `whole` asks for the room's state with it. */
  rejoin: (token: string, whole: boolean) => Promise<Answer<Partial<Joined> & Pick<Joined, 'join_token'>>>;
  journal?: Journal;
  connect?: (joined: Joined, token: () => Promise<string>) => Promise<Line>;
};

export type Room = {
  classId: string;
  facts: ClassFacts;
  me: Author;
  ring: Ring;
  state: Signal<RoomState>;
  status: Signal<Status>;
  /** The last refusal of own words, with the words. */
  refusal: Signal<{ letter: Letter; problem: Problem } | undefined>;
  ask: Ask;
  say: (body: string, replyTo?: number | null) => void;
  /** Change what this page shows before the server's word comes round. */
  patch: (change: (state: RoomState) => RoomState) => void;
  older: (before: number) => Promise<Answer<Page>>;
  newer: (after: number) => Promise<Answer<Page>>;
  leave: () => void;
};

export type Page = { items: unknown[] };

const A_PAGE = 60;
const CATCH_UP = 200;
const HEARTBEAT_S = 60;
const AGAIN_MS = 5000;

const connectTo = (joined: Joined, token: () => Promise<string>): Promise<Line> =>
  joined.connection_token ? openLine({ doors: joined.sockets ?? undefined, token }) : ownLine();

/** Everything of one room on one page: its state, its comments, own words on their way, and the way back after a loss. */
export function createRoom({ classId, joined: first, rejoin, journal, connect = connectTo }: Start): Room {
  let joined = first;
  let gone = false;
  let line: Line | undefined;
  let renewing: Promise<boolean> | undefined;
  let renewAt: ReturnType<typeof setTimeout> | undefined;
  let lastHeard = 0;
  let catchFrom: number | undefined;
  let firstConnection: string | null = first.connection_token;
  const stops: (() => void)[] = [];
  const me = first.participant;
  const ring = createRing();
  const state = signal<RoomState>(stateOf(first.snapshot, EMPTY, me.id));
  const status = signal<Status>({ link: 'waiting', unread: 0 });
  const refusal = signal<{ letter: Letter; problem: Problem } | undefined>(undefined);

  const setLink = (link: Link): void => {
    if (status.get().link !== link) status.set({ ...status.get(), link });
  };

  const renew = (whole = false): Promise<boolean> => {
    renewing ??= rejoin(joined.join_token, whole)
      .then((answer) => {
        if (gone) return false;
        if ('error' in answer) {
          if ([401, 403, 404, 410].includes(answer.error.status)) leaveFor('out');
          return false;
        }
        joined = { ...joined, ...answer.data };
        renewSoon();
        return true;
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  };
  const renewSoon = (inMs = (joined.renew_in_s ?? HEARTBEAT_S) * 1000): void => {
    clearTimeout(renewAt);
    renewAt = setTimeout(() => void renew().then((done) => done || gone || renewSoon(AGAIN_MS)), inMs);
  };

  const ask = asker(classId, () => joined.join_token, () => renew());

  const outbox = createOutbox({
    owner: `live:${classId}:${me.id}`,
    send: ({ clientId, body, replyTo }) => ask<Sent>('POST', 'messages', { client_msg_id: clientId, body, ...(replyTo === null ? {} : { reply_to: replyTo }) }, { key: clientId }),
    onSent: ({ clientId }, { seq, at }) => ring.acknowledge(clientId, seq, at),
    onWaits: ({ clientId }) => ring.mark(clientId, 'kept'),
    onRefused: (letter, problem) => {
      ring.mark(letter.clientId, 'dropped');
      refusal.set({ letter, problem });
    },
    ...(journal ? { journal } : {}),
  });
  const echo = (letter: Letter, local: 'sending' | 'kept'): void =>
    ring.echo({ id: letter.clientId, seq: null, clientId: letter.clientId, author: me, body: letter.body, at: letter.writtenAt, replyTo: letter.replyTo, isGone: false, local });

  const onData = (data: unknown): void => {
    const { state: next, heard } = read(state.get(), data, me.id);
    state.set(next);
    if (!heard) return;
    for (const seq of heard.buried) ring.bury(seq);
    for (const { seq } of heard.comments) lastHeard = Math.max(lastHeard, seq ?? 0);
    if (heard.comments.length > 0 || heard.total !== undefined) ring.offer(heard, me.id);
  };

  const pageOf = (answer: Answer<Page>): Answer<Page> => {
    if ('data' in answer) for (const each of answer.data.items.map(commentOf)) if (each.isGone && each.seq !== null) ring.bury(each.seq);
    return answer;
  };
  const fetchPage = async (query: string): Promise<Answer<Page>> => pageOf(await ask<Page>('GET', `messages?${query}`));
  const newest = async (): Promise<void> => {
    const answer = await fetchPage(`limit=${A_PAGE}`);
    if ('error' in answer || gone) return;
    const comments = answer.data.items.map(commentOf).toSorted((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
    lastHeard = Math.max(lastHeard, comments.at(-1)?.seq ?? 0);
    ring.fill(comments, comments.at(-1)?.seq ?? 0);
  };
  /** The chat may lose what was said while nobody listened here: it is asked for, up to a bound, else only the newest. */
  const catchUp = async (from: number): Promise<void> => {
    const answer = await fetchPage(`after=${from}&limit=${CATCH_UP}`);
    if ('error' in answer || gone) return;
    if (answer.data.items.length >= CATCH_UP) return newest();
    const comments = answer.data.items.map(commentOf).toSorted((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
    lastHeard = Math.max(lastHeard, comments.at(-1)?.seq ?? 0);
    ring.fill(comments, comments.at(-1)?.seq ?? 0);
  };

  const channelToken = async (channel: string): Promise<string> => {
    if (!(await renew())) throw gone ? new Refused() : new Error('no token yet');
    const fresh = joined.channels.find((each) => each.channel === channel);
    if (!fresh) throw new Refused();
    return fresh.token;
  };
  const connectionToken = async (): Promise<string> => {
    const given = firstConnection;
    firstConnection = null;
    if (given) return given;
    if (!(await renew()) || !joined.connection_token) throw gone ? new Refused() : new Error('no token yet');
    return joined.connection_token;
  };

  const listen = (open: Line): void => {
    for (const { channel, token } of joined.channels) {
      const isKept = !channel.startsWith('chat:');
      let stood = false;
      stops.push(
        open.listen({
          channel,
          token,
          renew: () => channelToken(channel),
          since: isKept ? joined.snapshot.position : undefined,
          onData,
          onStand: (whole) => {
            if (isKept && !whole) void renew(true).then((done) => done && state.set(stateOf(joined.snapshot, state.get(), me.id)));
            if (!isKept && stood) void catchUp(catchFrom ?? lastHeard).then(() => (catchFrom = undefined));
            stood = true;
            outbox.nudge();
          },
          onEnd: (code) => code < 2500 && code !== 0 && leaveFor('out'),
        }),
      );
    }
    const follow = (): void => {
      const now = open.state.get();
      if (now === 'back') catchFrom ??= lastHeard;
      setLink(now === 'closed' ? 'back' : now);
    };
    follow();
    stops.push(open.state.follow(follow));
  };

  const leaveFor = (link: Link): void => {
    gone = true;
    clearTimeout(renewAt);
    for (const stop of stops.splice(0)) stop();
    outbox.close();
    ring.stop();
    if (joined.connection_token) line?.close();
    setLink(link);
  };

  const goodbye = (): void => void ask('POST', 'leave', undefined, { keepalive: true });
  addEventListener('pagehide', goodbye);
  stops.push(() => removeEventListener('pagehide', goodbye));

  renewSoon();
  void newest();
  void connect(first, connectionToken)
    .then((opened) => {
      line = opened;
      if (gone) return joined.connection_token ? opened.close() : undefined;
      return listen(opened);
    })
    .catch(() => setLink('back'));
  void outbox.restore().then((letters) => letters.forEach((letter) => echo(letter, 'kept')));

  return {
    classId,
    facts: first.class,
    me,
    ring,
    state,
    status,
    refusal,
    ask,
    say: (body, replyTo = null) => {
      const letter: Letter = { clientId: crypto.randomUUID(), body, replyTo, writtenAt: new Date().toISOString() };
      refusal.set(undefined);
      echo(letter, 'sending');
      void outbox.post(letter);
    },
    patch: (change) => state.set(change(state.get())),
    older: (before) => fetchPage(`before=${before}&limit=${A_PAGE}`),
    newer: (after) => fetchPage(`after=${after}&limit=${A_PAGE}`),
    leave: () => {
      goodbye();
      leaveFor('waiting');
    },
  };
}
