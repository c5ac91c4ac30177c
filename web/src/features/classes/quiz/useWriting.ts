import { useEffect, useState } from 'react';

import { deviceJournal } from '@lib/journal';

import type { Writing } from './wording';

/** What is being written stays on this device until it is saved or thrown away; a closed page comes back to it. */
export function useWriting(classId: string, user: string | undefined): [Writing | undefined, (next: Writing | undefined) => void] {
  const [writing, setWriting] = useState<Writing>();
  const key = `${user}/${classId}/quiz`;
  useEffect(() => {
    if (!user) return undefined;
    let gone = false;
    void deviceJournal()
      .get(key)
      .then((kept) => !gone && kept && setWriting((now) => now ?? (kept.value as Writing)));
    return () => {
      gone = true;
    };
  }, [key, user]);
  const write = (next: Writing | undefined): void => {
    setWriting(next);
    if (!user) return;
    const now = Date.now();
    if (next) void deviceJournal().put({ key, user, value: next, revision: now, changedAt: now });
    else void deviceJournal().drop(key, now);
  };
  return [writing, write];
}
