import { useEffect, useState } from 'react';

import { exchange } from '@lib/api/base';
import type { Others } from '@lib/api/courses';

const FIRST_S = 10;
const GRACE_MS = 2000;
/** Courses that were left a moment ago: going from one page of a course to another is not leaving. */
const leaving = new Map<string, ReturnType<typeof setTimeout>>();

/** Say every few seconds that this editor is open, and learn who else's is; a page in the background says nothing. */
export function usePresence(course: string, node: string | undefined): Others['editors'] {
  const [editors, setEditors] = useState<Others['editors']>([]);
  useEffect(() => {
    if (!course) return undefined;
    const url = `/courses/${encodeURIComponent(course)}/presence`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const beat = async (): Promise<void> => {
      clearTimeout(timer);
      let again = FIRST_S;
      if (!document.hidden) {
        const answer = await exchange({ url, method: 'POST', body: { node: node ?? null } });
        if (gone) return;
        // Nobody needs to know that this could not be asked: it is asked again in a moment.
        if ('data' in answer) {
          const { editors: found, again_in_s } = answer.data as Others;
          setEditors(found);
          again = again_in_s;
        }
      }
      timer = setTimeout(() => void beat(), again * 1000);
    };
    const leave = (): void => void exchange({ url, method: 'DELETE', keepalive: true });
    const look = (): void => {
      if (!document.hidden) void beat();
    };
    clearTimeout(leaving.get(course));
    void beat();
    document.addEventListener('visibilitychange', look);
    addEventListener('pagehide', leave);
    return () => {
      gone = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('pagehide', leave);
      leaving.set(course, setTimeout(leave, GRACE_MS));
    };
  }, [course, node]);
  return editors;
}
