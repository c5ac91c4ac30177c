import type { Journal } from '@lib/journal';
import type { Problem } from '@lib/problem';
import { signal, type Signal } from '@lib/signal';

import { createOutbox, type Letter, type Sent } from '../chat/outbox';
import { createRing, type Author, type Comment, type Ring } from '../chat/ring';
import type { Answer, Ask } from './ask';
import type { Heard } from './wire';
import { commentOf } from './wire';

export type Page = { items: unknown[] };

/** One conversation: the whole class's, or that of a group for as long as there are groups. */
export type Talk = {
  ring: Ring;
  /** The last refusal of own words, with the words. */
  refusal: Signal<{ letter: Letter; problem: Problem } | undefined>;
  say: (body: string, replyTo?: number | null) => void;
  older: (before: number) => Promise<Answer<Page>>;
  newer: (after: number) => Promise<Answer<Page>>;
};

export type LiveTalk = Talk & {
  hear: (heard: Heard) => void;
  /** The connection is gone: what comes after this must be asked for. */
  cut: () => void;
  /** The channel stands again. */
  stand: () => void;
  nudge: () => void;
  stop: () => void;
};

const A_PAGE = 60;
const CATCH_UP = 200;
const STANDS_WITHIN_MS = 1500;

type Start = { ask: Ask; me: Author; classId: string; group?: string | undefined; journal?: Journal | undefined };

export function createTalk({ ask, me, classId, group, journal }: Start): LiveTalk {
  const ring = createRing();
  const refusal = signal<{ letter: Letter; problem: Problem } | undefined>(undefined);
  let lastHeard = 0;
  let catchFrom: number | undefined;
  let stood = false;
  let gone = false;

  const outbox = createOutbox({
    owner: `live:${classId}:${group ?? ''}:${me.id}`,
    send: ({ clientId, body, replyTo }) =>
      ask<Sent>('POST', 'messages', { client_msg_id: clientId, body, ...(replyTo === null ? {} : { reply_to: replyTo }), ...(group ? { room: group } : {}) }, { key: clientId }),
    onSent: ({ clientId }, { seq, at }) => ring.acknowledge(clientId, seq, at),
    onWaits: ({ clientId }) => ring.mark(clientId, 'kept'),
    onRefused: (letter, problem) => {
      ring.mark(letter.clientId, 'dropped');
      refusal.set({ letter, problem });
    },
    ...(journal ? { journal } : {}),
  });
  const echo = (letter: Letter, local: Comment['local']): void =>
    ring.echo({ id: letter.clientId, seq: null, clientId: letter.clientId, author: me, body: letter.body, at: letter.writtenAt, replyTo: letter.replyTo, isGone: false, local });

  const page = async (query: string): Promise<Answer<Page>> => {
    const answer = await ask<Page>('GET', `messages?${query}${group ? `&room=${group}` : ''}`);
    if ('data' in answer) for (const { isGone, seq } of answer.data.items.map(commentOf)) if (isGone && seq !== null) ring.bury(seq);
    return answer;
  };
  const fill = (items: unknown[]): void => {
    const comments = items.map(commentOf).toSorted((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
    const last = comments.at(-1)?.seq ?? 0;
    lastHeard = Math.max(lastHeard, last);
    ring.fill(comments, last);
  };
  const newest = async (): Promise<void> => {
    const answer = await page(`limit=${A_PAGE}`);
    if ('data' in answer && !gone) fill(answer.data.items);
  };
  /** The chat may lose what was said while nobody listened here: it is asked for, up to a bound, else only the newest. */
  const catchUp = async (from: number): Promise<void> => {
    const answer = await page(`after=${from}&limit=${CATCH_UP}`);
    if ('error' in answer || gone) return;
    if (answer.data.items.length >= CATCH_UP) return newest();
    catchFrom = undefined;
    fill(answer.data.items);
  };

  // Asked for once the channel stands, so that nothing falls between the two; without a connection after a moment.
  const first = setTimeout(() => {
    stood = true;
    void newest();
  }, STANDS_WITHIN_MS);
  void outbox.restore().then((letters) => letters.forEach((letter) => echo(letter, 'kept')));
  return {
    ring,
    refusal,
    say: (body, replyTo = null) => {
      const letter: Letter = { clientId: crypto.randomUUID(), body, replyTo, writtenAt: new Date().toISOString() };
      refusal.set(undefined);
      echo(letter, 'sending');
      void outbox.post(letter);
    },
    older: (before) => page(`before=${before}&limit=${A_PAGE}`),
    newer: (after) => page(`after=${after}&limit=${A_PAGE}`),
    hear: (heard) => {
      for (const seq of heard.buried) ring.bury(seq);
      for (const { seq } of heard.comments) lastHeard = Math.max(lastHeard, seq ?? 0);
      if (heard.comments.length > 0) ring.offer(heard, me.id);
    },
    cut: () => void (catchFrom ??= lastHeard),
    stand: () => {
      clearTimeout(first);
      void (stood ? catchUp(catchFrom ?? lastHeard) : newest());
      stood = true;
    },
    nudge: outbox.nudge,
    stop: () => {
      gone = true;
      clearTimeout(first);
      outbox.close();
      ring.stop();
    },
  };
}
