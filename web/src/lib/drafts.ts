import { deviceJournal, type Journal } from '@lib/journal';
import { isProblem, type Problem } from '@lib/problem';

/** What happened to the words just written; ui/SaveState says it. */
export type DraftState =
  | { kind: 'clean' }
  | { kind: 'saving' }
  | { kind: 'saved'; at: number }
  | { kind: 'kept' }
  | { kind: 'conflict'; theirs: unknown };

/** Give the value to the server. Resolve when it is there; throw the Problem otherwise. */
export type Send<Value> = (value: Value, options: { keepalive: boolean }) => Promise<void>;

export type DraftKey = { user: string; attempt: string; question: string };

type Options<Value> = {
  key: DraftKey;
  send: Send<Value>;
  onState: (state: DraftState) => void;
  journal?: Journal;
  now?: () => number;
};

const IDLE_MS = 600;
const AT_LEAST_MS = 10_000;
const RETRY_MS = [3_000, 10_000, 30_000, 60_000];

export type Draft<Value> = {
  /** Write down the newest value: on this device at once, on the server soon. */
  change: (value: Value) => void;
  /** Send what is waiting, now. Resolves when the server has it or cannot be reached. */
  flush: (options?: { keepalive?: boolean }) => Promise<void>;
  /** What this device still holds from before: the server never acknowledged it. */
  restore: () => Promise<Value | undefined>;
  /** After a conflict: send mine over theirs, or let mine go. */
  resolve: (choice: 'mine' | 'theirs') => Promise<void>;
  dispose: () => void;
};

export const draftKey = ({ user, attempt, question }: DraftKey): string => `${user}/${attempt}/${question}`;

/** Never lose work: a value goes to IndexedDB on each change and leaves it only by the server's acknowledgement. */
export function createDraft<Value>({ key, send, onState, journal = deviceJournal(), now = Date.now }: Options<Value>): Draft<Value> {
  const name = draftKey(key);
  let revision = now();
  let acknowledged = revision;
  let value: Value | undefined;
  let failures = 0;
  let idle: ReturnType<typeof setTimeout> | undefined;
  let latest: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let halted = false;

  const pending = (): boolean => value !== undefined && revision > acknowledged;

  const calm = (): void => {
    clearTimeout(idle);
    clearTimeout(latest);
    idle = undefined;
    latest = undefined;
  };

  const deliver = async (keepalive: boolean): Promise<void> => {
    calm();
    const [mine, sent] = [value as Value, revision];
    onState({ kind: 'saving' });
    try {
      await send(mine, { keepalive });
      acknowledged = Math.max(acknowledged, sent);
      failures = 0;
      await journal.drop(name, sent);
      if (!pending()) onState({ kind: 'saved', at: now() });
    } catch (error) {
      if (!isProblem(error)) throw error;
      refuse(error);
    }
  };

  const refuse = (problem: Problem): void => {
    if (problem.status === 412 || problem.status === 409) {
      halted = true;
      onState({ kind: 'conflict', theirs: problem.fields.current });
      return;
    }
    onState({ kind: 'kept' });
    idle = setTimeout(() => void flush(), RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  };

  const flush = async ({ keepalive = false } = {}): Promise<void> => {
    if (sending && !keepalive) await sending;
    if (!pending() || halted) return;
    sending = deliver(keepalive).finally(() => {
      sending = undefined;
      if (pending() && !halted && idle === undefined) idle = setTimeout(() => void flush(), IDLE_MS);
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
    change: (next) => {
      value = next;
      revision = Math.max(revision + 1, now());
      void journal.put({ key: name, user: key.user, value: next, revision, changedAt: now() });
      if (halted) return;
      clearTimeout(idle);
      idle = setTimeout(() => void flush(), IDLE_MS);
      latest ??= setTimeout(() => void flush(), AT_LEAST_MS);
    },
    flush,
    restore: async () => {
      const entry = await journal.get(name);
      if (!entry || value !== undefined) return undefined;
      value = entry.value as Value;
      revision = Math.max(revision + 1, entry.revision);
      onState({ kind: 'kept' });
      idle = setTimeout(() => void flush(), IDLE_MS);
      return value;
    },
    resolve: async (choice) => {
      halted = false;
      if (choice === 'mine') return flush();
      acknowledged = revision;
      value = undefined;
      await journal.drop(name, revision);
      onState({ kind: 'clean' });
    },
    dispose: () => {
      document.removeEventListener('visibilitychange', leaving);
      removeEventListener('online', back);
      void flush({ keepalive: true });
      calm();
    },
  };
}
