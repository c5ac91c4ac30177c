import { useEffect } from 'react';
import { useDispatch } from 'react-redux';

import { useRecordViewMutation } from '@lib/api/progress';

import { noteDone } from './cache';

const SEEN_MS = 1000;

/** Note that a unit was read, once it has really been on screen for a second; a tab in the background does not count. */
export function useView(course: string, unit: string): void {
  const dispatch = useDispatch();
  const [record] = useRecordViewMutation();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let told = false;
    const tell = (): void => {
      told = true;
      record({ course, unit })
        .unwrap()
        .then((done) => noteDone(dispatch as never, { course, unit }, done))
        .catch(() => {
          told = false;
        });
    };
    const look = (): void => {
      clearTimeout(timer);
      if (!told && document.visibilityState === 'visible') timer = setTimeout(tell, SEEN_MS);
    };
    look();
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
    };
  }, [course, unit, record, dispatch]);
}
