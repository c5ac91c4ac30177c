import { deviceJournal, type Journal } from '@lib/journal';
import type { Problem } from '@lib/problem';

/** Own words on their way: on this device until the server acknowledges them. */
export type Letter = { clientId: string; body: string; replyTo: number | null; writtenAt: string };

export type Sent = { seq: number; at: string };

type Options = {
  /** Whose words, in which room. */
  owner: string;
  send: (letter: Letter) => Promise<{ data: Sent } | { error: Problem }>;
  onSent: (letter: Letter, sent: Sent) => void;
  onWaits: (letter: Letter) => void;
  onRefused: (letter: Letter, problem: Problem) => void;
  journal?: Journal;
};

const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

/** Nothing to be done by waiting: the room said no. Anything else is tried again. */
const isFinal = ({ status }: Problem): boolean => status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);

export function createOutbox({ owner, send, onSent, onWaits, onRefused, journal = deviceJournal() }: Options) {
  const keyOf = (letter: Letter): string => `${owner}/${letter.clientId}`;
  const queue: Letter[] = [];
  let failures = 0;
  let busy = false;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const later = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void work(), ms);
  };

  /** In the order they were written, one at a time: a lost answer is asked for again under the same id. */
  const work = async (): Promise<void> => {
    if (busy || closed) return;
    busy = true;
    clearTimeout(timer);
    try {
      for (let letter = queue[0]; letter; letter = closed ? undefined : queue[0]) {
        // oxlint-disable-next-line no-await-in-loop -- the next one follows this one
        const answer = await send(letter);
        if ('data' in answer || isFinal(answer.error)) {
          queue.shift();
          failures = 0;
          // oxlint-disable-next-line no-await-in-loop -- off the device before the next one goes
          await journal.drop(keyOf(letter), Number.MAX_SAFE_INTEGER);
          if ('data' in answer) onSent(letter, answer.data);
          else onRefused(letter, answer.error);
          continue;
        }
        for (const each of queue) onWaits(each);
        later(answer.error.retryAfterS ? answer.error.retryAfterS * 1000 : (RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] as number));
        failures += 1;
        return;
      }
    } finally {
      busy = false;
    }
  };

  const nudge = (): void => {
    failures = 0;
    void work();
  };
  addEventListener('online', nudge);

  return {
    post: async (letter: Letter): Promise<void> => {
      queue.push(letter);
      await journal.put({ key: keyOf(letter), user: owner, value: letter, revision: Date.now(), changedAt: Date.now() });
      await work();
    },
    /** What an earlier page could not send, in the order it was written. */
    restore: async (): Promise<Letter[]> => {
      const kept = (await journal.ofUser(owner)).map((entry) => entry.value as Letter).toSorted((one, other) => one.writtenAt.localeCompare(other.writtenAt));
      const missing = kept.filter((letter) => !queue.some((each) => each.clientId === letter.clientId));
      queue.unshift(...missing);
      void work();
      return missing;
    },
    /** The network is back: no need to wait any longer. */
    nudge,
    close: (): void => {
      closed = true;
      clearTimeout(timer);
      removeEventListener('online', nudge);
    },
  };
}

export type Outbox = ReturnType<typeof createOutbox>;
