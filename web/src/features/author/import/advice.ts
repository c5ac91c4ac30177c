import type { ReportItem } from '@lib/api/courses';

/** What the server's reasons amount to for an author; the first that fits. The words are in the catalogue: why, and what to do. */
const ADVICE = [
  ['unused', /^orphan$/],
  ['program', /^unsupported: (python|javascript)/],
  ['form', /^unsupported:/],
  ['later', /\bcomes? with the\b|no block like|no equal in Stoa/],
  ['missing', /not in the package|package does not hold/],
] as const;

export type Advice = (typeof ADVICE)[number][0] | 'unread';

/** Why a part did not come as it was, in a word; nothing where the server's reason is all that is known. */
export function adviceOf({ kind, outcome, reason }: Pick<ReportItem, 'kind' | 'outcome' | 'reason'>): Advice | undefined {
  const known = ADVICE.find(([, sign]) => sign.test(reason))?.[0];
  return known ?? (kind === 'problem' && outcome === 'skipped' ? 'unread' : undefined);
}
