import { useEffect, useMemo, useRef, type RefObject } from 'react';
import { useDispatch } from 'react-redux';

import { exchange } from '@lib/api/base';
import type { LearnerBlock, WatchedOut } from '@lib/api/progress';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';

import { noteBlock, noteDone, type Where } from '../player/cache';
import { createTracker } from './intervals';
import { createWatchLog, type WatchLog } from './watchLog';

/** Tells the server what was watched of a film: in batches, at every pause, and when the page is left. */
export function useWatching(block: LearnerBlock, { course, unit, isTrial }: Where, film: RefObject<HTMLVideoElement | null>) {
  const dispatch = useDispatch();
  const { user = '' } = useSignal(session);
  const log = useRef<WatchLog | undefined>(undefined);
  const tracker = useMemo(() => createTracker(), []);
  const id = block.id;
  useEffect(() => {
    if (isTrial) return undefined;
    const made = createWatchLog({
      key: { user, attempt: `watched:${course}`, question: id },
      send: async (report, { keepalive }) => {
        const answer = await exchange({ url: `/learn/${encodeURIComponent(course)}/blocks/${id}/watched`, method: 'POST', body: report, keepalive });
        if ('error' in answer) throw answer.error;
        const { watched, done } = answer.data as WatchedOut;
        noteBlock(dispatch as never, { course, unit }, id, (kept) => {
          kept.watched = watched;
        });
        noteDone(dispatch as never, { course, unit }, done);
      },
    });
    log.current = made;
    void made.restore();
    return () => made.dispose();
  }, [user, course, unit, id, isTrial, dispatch]);

  return useMemo(() => {
    const hand = (): void => {
      const element = film.current;
      if (element) log.current?.note(tracker.take(), element.duration, element.currentTime);
    };
    return {
      tick: (at: number) => {
        tracker.tick(at, film.current?.playbackRate);
        hand();
      },
      cut: () => tracker.cut(),
      pause: () => {
        hand();
        tracker.cut();
        void log.current?.flush();
      },
    };
  }, [tracker, film]);
}
