import type { Outcome, ReportItem } from '@lib/api/courses';

/** `look` is what somebody should look at: all that was lost or left out, but for files that nothing uses. */
export type Filter = Outcome | 'all' | 'look';

const ORDER: Record<Outcome, number> = { skipped: 0, converted_with_loss: 1, imported: 2 };

const isWorthALook = (item: ReportItem): boolean => item.outcome !== 'imported' && item.reason !== 'orphan';

/** What a report is opened with: what deserves a look, else everything. */
export function atFirst(items: ReportItem[]): Filter {
  return items.some(isWorthALook) ? 'look' : 'all';
}

/** The items of a filter whose title, unit, path, kind or reason has every word; of what deserves a look, the left out first. */
export function matching(items: ReportItem[], filter: Filter, words: string): ReportItem[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((item) => {
    if (filter === 'look' ? !isWorthALook(item) : filter !== 'all' && item.outcome !== filter) return false;
    const text = `${item.title} ${item.unit} ${item.path} ${item.kind} ${item.reason}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  return filter === 'look' ? found.toSorted((one, other) => ORDER[one.outcome] - ORDER[other.outcome]) : found;
}
