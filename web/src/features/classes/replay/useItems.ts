import { useEffect, useState } from 'react';

import { exchange } from '@lib/api/base';
import type { PageReplayItem, ReplayItem } from '@lib/api/live';
import type { Problem } from '@lib/problem';

const A_PAGE = 200;
/** A class of thousands says more than anybody reads again; what comes after is in the file of the chat. */
const MOST_PAGES = 60;

export type Items = { items: ReplayItem[]; isWhole: boolean; problem?: Problem };
const NONE: Items = { items: [], isWhole: false };

/** What was said and shown in the runs of a class, page by page, in the order of time. */
export function useItems(classId: string, sessions: number[]): Items & { retry: () => void } {
  const [attempt, setAttempt] = useState(0);
  const [held, setHeld] = useState<{ key: string; at: Items }>({ key: '', at: NONE });
  const runs = sessions.join(',');
  const key = `${classId}/${runs}/${attempt}`;
  useEffect(() => {
    if (runs === '') return undefined;
    const leaving = new AbortController();
    const grow = (more: Partial<Items>, add: ReplayItem[] = []): void => {
      if (!leaving.signal.aborted) setHeld((before) => ({ key, at: { ...(before.key === key ? before.at : NONE), ...more, items: [...(before.key === key ? before.at.items : []), ...add] } }));
    };
    const load = async (): Promise<void> => {
      for (const session of runs.split(',')) {
        let cursor: string | null = '';
        for (let page = 0; page < MOST_PAGES && cursor !== null; page += 1) {
          const answer = await exchange({ url: `/live/classes/${encodeURIComponent(classId)}/replay`, params: { session, limit: A_PAGE, cursor } }, leaving.signal);
          if ('error' in answer) return grow({ problem: answer.error });
          const { items, next } = answer.data as PageReplayItem;
          grow({}, items);
          cursor = next;
        }
      }
      grow({ isWhole: true });
    };
    // A page that is left takes its questions back.
    void load().catch(() => undefined);
    return () => leaving.abort();
  }, [classId, runs, key]);
  return { ...(held.key === key ? held.at : NONE), retry: () => setAttempt(attempt + 1) };
}
