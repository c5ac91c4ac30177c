import type { Store } from 'redux';

import { api } from '@lib/api/base';
import { hearPersonal } from '@lib/live';

type Told = { t?: string; course?: string; percent?: number };
type Kept = { api: { queries: Record<string, { endpointName?: string; data?: unknown } | undefined> } };

/** Long enough for the answer to one's own action to have brought the same already. */
const SETTLES_MS = 1200;

/** What was done elsewhere (another device, a teacher's word) moves the outline here, without a reload. */
export function hearProgress(store: Store): () => void {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  const stale = (): void => void store.dispatch(api.util.invalidateTags(['Learning', 'Progress', 'Home']) as never);
  const stop = hearPersonal({
    onData: (data) => {
      const { t, course, percent } = (data ?? {}) as Told;
      if (t !== 'progress' || !course) return;
      clearTimeout(waiting.get(course));
      waiting.set(
        course,
        setTimeout(() => {
          waiting.delete(course);
          if (!isShown(store.getState() as Kept, course, percent)) stale();
        }, SETTLES_MS),
      );
    },
    onStand: (whole) => {
      if (!whole) stale();
    },
  });
  return () => {
    stop();
    for (const timer of waiting.values()) clearTimeout(timer);
  };
}

/** Whether the outline that is on this page says so already. */
function isShown({ api: { queries } }: Kept, course: string, percent: number | undefined): boolean {
  return Object.values(queries).some((query) => {
    const outline = query?.endpointName === 'outlineFor' ? (query.data as { course_id?: string; percent?: number } | undefined) : undefined;
    return outline?.course_id === course && outline.percent === percent;
  });
}
