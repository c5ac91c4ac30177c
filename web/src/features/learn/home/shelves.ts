import type { ShelfView } from '@lib/api/progress';

export type Shelves = { resume: ShelfView | undefined; active: ShelfView[]; waiting: ShelfView[]; completed: ShelfView[] };

const GONE = new Set(['withdrawn', 'removed', 'expired']);

/** Sort what the server lists (the last active first) into the parts of the page. Seats that ended are not shown. */
export function shelvesOf(items: ShelfView[]): Shelves {
  const kept = items.filter((item) => !GONE.has(item.seat_state));
  const waiting = kept.filter((item) => item.seat_state === 'waitlisted');
  const isDone = (item: ShelfView): boolean => item.seat_state === 'completed' || item.completed_at !== null;
  const completed = kept.filter((item) => item.seat_state !== 'waitlisted' && isDone(item));
  const active = kept.filter((item) => item.seat_state !== 'waitlisted' && !isDone(item));
  return { resume: active.find((item) => item.resume_unit !== null) ?? active[0], active, waiting, completed };
}
