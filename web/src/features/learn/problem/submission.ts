import { draftKey, type DraftKey } from '@lib/drafts';
import { deviceJournal, type Journal } from '@lib/journal';
import { isProblem, type Problem } from '@lib/problem';
import type { Response } from '@lib/api/progress';

/** An answer on its way: its key makes sending it again harmless. */
export type Sent = { attempt_key: string; response: Response };

export type SubmissionState<Result> =
  | { kind: 'idle' }
  | { kind: 'sending' }
  /** The server cannot be reached: the answer waits on this device and is sent as soon as it can be. */
  | { kind: 'waiting' }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'scored'; result: Result; sent: Sent };

type Options<Result> = {
  key: DraftKey;
  send: (sent: Sent) => Promise<Result>;
  onState: (state: SubmissionState<Result>) => void;
  journal?: Journal;
  newKey?: () => string;
};

const RETRY_MS = [2_000, 5_000, 15_000, 60_000];

export type Submission = {
  submit: (response: Response) => Promise<void>;
  /** Take up an answer that an earlier page could not send; false when there is none. */
  restore: () => Promise<Response | undefined>;
  dispose: () => void;
};

const mayComeThrough = (problem: Problem): boolean => problem.status === 0 || problem.status >= 500 || problem.status === 408 || (problem.status === 429 && problem.code !== 'assessment.too_soon');

/** Sends an answer once, however often it must try: the key is made with the answer and kept with it until the server has spoken. */
export function createSubmission<Result>({ key, send, onState, journal = deviceJournal(), newKey = () => crypto.randomUUID() }: Options<Result>): Submission {
  const name = draftKey(key);
  let pending: Sent | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let failures = 0;
  let gone = false;

  const attempt = async (): Promise<void> => {
    clearTimeout(timer);
    if (!pending || running || gone) return;
    running = true;
    const sent = pending;
    onState({ kind: 'sending' });
    try {
      const result = await send(sent);
      pending = undefined;
      failures = 0;
      await journal.drop(name, Number.MAX_SAFE_INTEGER);
      onState({ kind: 'scored', result, sent });
    } catch (error) {
      if (!isProblem(error)) throw error;
      if (mayComeThrough(error)) {
        onState({ kind: 'waiting' });
        const wait = (error.retryAfterS ?? 0) * 1000;
        if (!gone) timer = setTimeout(() => void attempt(), Math.max(wait, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] as number));
        failures += 1;
      } else {
        pending = undefined;
        await journal.drop(name, Number.MAX_SAFE_INTEGER);
        onState({ kind: 'refused', problem: error });
      }
    } finally {
      running = false;
    }
  };
  const back = (): void => void attempt();
  addEventListener('online', back);

  return {
    submit: async (response) => {
      if (pending) return attempt();
      pending = { attempt_key: newKey(), response };
      await journal.put({ key: name, user: key.user, value: pending, revision: 1, changedAt: Date.now() });
      await attempt();
    },
    restore: async () => {
      const entry = await journal.get(name);
      if (!entry || pending) return undefined;
      pending = entry.value as Sent;
      void attempt();
      return pending.response;
    },
    dispose: () => {
      gone = true;
      clearTimeout(timer);
      removeEventListener('online', back);
    },
  };
}
