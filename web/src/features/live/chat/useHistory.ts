import { useCallback, useEffect, useRef, useState } from 'react';

import type { Talk } from '../room/talk';
import { commentOf } from '../room/wire';
import type { Comment } from './ring';

const HELD = 240;

export type History = {
  /** Undefined while the newest comments are shown. */
  rows: Comment[] | undefined;
  isLoading: boolean;
  hasOlder: boolean;
  freeze: () => void;
  older: () => Promise<void>;
  newer: () => Promise<void>;
  thaw: () => void;
};

const inOrder = (rows: Comment[]): Comment[] => [...new Map(rows.map((row) => [row.seq ?? row.id, row])).values()].toSorted((one, other) => (one.seq ?? Infinity) - (other.seq ?? Infinity));

/** Scrolled up: the page stands still and becomes a window on the room's history, by number, of a bounded size. */
export function useHistory(talk: Talk): History {
  const [rows, setRows] = useState<Comment[]>();
  const [isLoading, setLoading] = useState(false);
  const [hasOlder, setHasOlder] = useState(true);
  const latest = useRef<Comment[] | undefined>(undefined);
  const busy = useRef(false);
  useEffect(() => {
    latest.current = rows;
  }, [rows]);

  const freeze = useCallback(() => {
    if (latest.current) return;
    const standing = talk.ring.view().rows.filter(({ seq }) => seq !== null);
    latest.current = standing;
    talk.ring.away(true);
    setRows(standing);
  }, [talk]);

  const load = useCallback(async (isOlder: boolean) => {
    const held = latest.current;
    const edge = isOlder ? held?.[0]?.seq : held?.at(-1)?.seq;
    if (!held || edge === undefined || edge === null || busy.current) return;
    busy.current = true;
    setLoading(isOlder);
    const answer = await (isOlder ? talk.older(edge) : talk.newer(edge));
    busy.current = false;
    setLoading(false);
    if (!('data' in answer) || !latest.current) return;
    const fetched = answer.data.items.map(commentOf);
    if (fetched.length === 0 && isOlder) setHasOlder(false);
    const joined = inOrder(isOlder ? [...fetched, ...latest.current] : [...latest.current, ...fetched]);
    setRows(isOlder ? joined.slice(0, HELD) : joined.slice(-HELD));
  }, [talk]);

  const older = useCallback(() => load(true), [load]);
  const newer = useCallback(() => load(false), [load]);
  const thaw = useCallback(() => {
    latest.current = undefined;
    setRows(undefined);
    setHasOlder(true);
    talk.ring.away(false);
  }, [talk]);
  return { rows, isLoading, hasOlder, freeze, older, newer, thaw };
}
