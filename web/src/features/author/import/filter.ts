import type { Outcome, ReportItem } from '@lib/api/courses';

/** What deserves a look first: losses, then what was left out, else everything. */
export function noteworthy(items: ReportItem[]): Outcome | 'all' {
  if (items.some((item) => item.outcome === 'converted_with_loss')) return 'converted_with_loss';
  return items.some((item) => item.outcome === 'skipped') ? 'skipped' : 'all';
}

/** The items of one outcome (or all) whose path, kind or reason has every word. */
export function matching(items: ReportItem[], outcome: Outcome | 'all', words: string): ReportItem[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    if (outcome !== 'all' && item.outcome !== outcome) return false;
    const text = `${item.path} ${item.kind} ${item.reason}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
