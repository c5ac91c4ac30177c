import type { Poll } from '../room/state';

export type Step = { verb: 'open' | 'close' | 'reveal'; poll: Poll };

/** Results of an anonymous poll that fewer gave are shown to nobody. */
const FEWEST = 3;

/** What was prepared, one quiz after the other as they were made, with what the room tells of each since. */
export function inOrder(prepared: Poll[], told: Poll[]): Poll[] {
  const now = new Map(told.map((poll) => [poll.id, poll]));
  return prepared
    .filter(({ quiz }) => quiz)
    .map((poll) => now.get(poll.id) ?? poll)
    .toSorted((one, other) => (one.quiz?.id ?? '').localeCompare(other.quiz?.id ?? '') || (one.quiz?.place ?? 0) - (other.quiz?.place ?? 0));
}

/** The one thing to do next: close what is asked, show what was answered, ask what comes. */
export function nextStep(prepared: Poll[], told: Poll[]): Step | undefined {
  const open = told.find(({ state }) => state === 'open');
  if (open) return { verb: 'close', poll: open };
  const closed = told.findLast(({ state, isAnonymous, answers }) => state === 'closed' && !(isAnonymous && answers < FEWEST));
  if (closed) return { verb: 'reveal', poll: closed };
  const draft = prepared.find(({ state }) => state === 'draft');
  return draft && { verb: 'open', poll: draft };
}
