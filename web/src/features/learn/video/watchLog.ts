import { draftKey, type DraftKey } from '@lib/drafts';
import { deviceJournal, type Journal } from '@lib/journal';
import { isProblem } from '@lib/problem';

import { union, type Interval } from './intervals';

/** What is told of a film: the newly played stretches, how long it is, where the learner is. */
export type Report = { intervals: Interval[]; duration_s: number; position_s: number };

type Options = {
  key: DraftKey;
  send: (report: Report, options: { keepalive: boolean }) => Promise<void>;
  journal?: Journal;
  now?: () => number;
};

const BATCH_MS = 10_000;
const RETRY_MS = [10_000, 30_000, 60_000];
/** The server takes this many intervals in one report. */
const MOST = 200;

export type WatchLog = {
  note: (intervals: Interval[], durationS: number, positionS: number) => void;
  flush: (options?: { keepalive?: boolean }) => Promise<void>;
  /** Send what an earlier page could not. */
  restore: () => Promise<void>;
  dispose: () => void;
};

const digits = (seconds: number): number => Math.round(seconds * 100) / 100;

/** Watched stretches wait on this device until the server has them; one report every ten seconds at the most, besides those at a pause. */
export function createWatchLog({ key, send, journal = deviceJournal(), now = Date.now }: Options): WatchLog {
  const name = draftKey(key);
  let waiting: Report | undefined;
  let revision = now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let failures = 0;

  const keep = (report: Report): void => {
    waiting = { ...report, intervals: union([...(waiting?.intervals ?? []), ...report.intervals]).slice(0, MOST) };
    revision = Math.max(revision + 1, now());
    void journal.put({ key: name, user: key.user, value: waiting, revision, changedAt: now() });
  };

  const later = (delay: number): void => {
    timer ??= setTimeout(() => void flush(), delay);
  };

  const deliver = async (keepalive: boolean): Promise<void> => {
    const [report, sent] = [waiting as Report, revision];
    waiting = undefined;
    try {
      await send(report, { keepalive });
      failures = 0;
      await journal.drop(name, sent);
    } catch (error) {
      if (!isProblem(error)) throw error;
      const isForNothing = error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;
      if (isForNothing) {
        await journal.drop(name, sent);
        return;
      }
      // What came meanwhile is added; the newer position wins.
      const newer = waiting as Report | undefined;
      keep({ ...report, position_s: newer?.position_s ?? report.position_s });
      later(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] as number);
      failures += 1;
    }
  };

  const flush = async ({ keepalive = false } = {}): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (sending && !keepalive) await sending;
    if (!waiting) return;
    sending = deliver(keepalive).finally(() => {
      sending = undefined;
    });
    await sending;
  };

  const leaving = (): void => {
    if (document.visibilityState === 'hidden') void flush({ keepalive: true });
  };
  const back = (): void => void flush();
  document.addEventListener('visibilitychange', leaving);
  addEventListener('online', back);

  return {
    note: (intervals, durationS, positionS) => {
      if (!Number.isFinite(durationS) || durationS <= 0) return;
      if (intervals.length === 0 && waiting === undefined) return;
      const rounded = intervals.map(([start, end]): Interval => [digits(start), digits(end)]);
      keep({ intervals: rounded, duration_s: digits(durationS), position_s: digits(positionS) });
      later(BATCH_MS);
    },
    flush,
    restore: async () => {
      const entry = await journal.get(name);
      if (!entry) return;
      keep(entry.value as Report);
      await flush();
    },
    dispose: () => {
      document.removeEventListener('visibilitychange', leaving);
      removeEventListener('online', back);
      void flush({ keepalive: true });
    },
  };
}
