import { useCallback, useEffect, useState } from 'react';

import type { Problem } from '@lib/problem';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';

import type { Answer } from './ask';
import { guestSeat, joinAsMember, keepSeat, needsConsent, renewSeat, wholeRoom } from './entry';
import { createRoom, type Joined, type Room } from './room';

export type Entry =
  | { kind: 'entering' }
  | { kind: 'stranger' }
  | { kind: 'consent'; agree: () => void }
  /** The doors are shut: before the class, or after it. */
  | { kind: 'shut'; phase: string; startsAt: string | null }
  | { kind: 'failed'; problem: Problem; retry: () => void }
  | { kind: 'in'; room: Room };

const KNOCK_MS = 10_000;

type Outcome = { kind: 'consent' } | { kind: 'failed'; problem: Problem };

/** Come in as the person who is signed in, or on the seat that a guest took in this tab by a code. */
export function useEntry(classId: string): Entry {
  const { state } = useSignal(session);
  const [attempt, setAttempt] = useState({ number: 0, agrees: false });
  const [room, setRoom] = useState<Room>();
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    if (state === 'unknown') return undefined;
    let gone = false;
    let made: Room | undefined;
    const seat = guestSeat(classId);
    const enter = (): Promise<Answer<Joined>> | undefined =>
      seat ? wholeRoom(classId, seat.token) : state === 'signed-in' ? joinAsMember(classId, attempt.agrees) : undefined;
    const take = (answer: Answer<Joined>): void => {
      if (gone) return;
      if ('error' in answer) {
        if (seat && [401, 403, 404].includes(answer.error.status)) {
          keepSeat(classId, undefined);
          if (answer.error.status === 401) return setAttempt((before) => ({ ...before, number: before.number + 1 }));
        }
        return setOutcome(needsConsent(answer.error) ? { kind: 'consent' } : { kind: 'failed', problem: answer.error });
      }
      made = createRoom({ classId, joined: answer.data, renew: (token) => renewSeat(classId, token), again: (token) => wholeRoom(classId, token) });
      setOutcome(undefined);
      setRoom(made);
    };
    void enter()?.then(take);
    return () => {
      gone = true;
      made?.leave();
      setRoom(undefined);
    };
  }, [classId, state, attempt]);
  const isShut = outcome?.kind === 'failed' && outcome.problem.code === 'live.not_live' && outcome.problem.fields.state === 'scheduled';
  useEffect(() => {
    if (!isShut) return undefined;
    // Who waits at the door comes in by themselves when it opens.
    const timer = setInterval(() => setAttempt((before) => ({ ...before, number: before.number + 1 })), KNOCK_MS);
    return () => clearInterval(timer);
  }, [isShut]);
  const again = useCallback((agrees: boolean) => {
    setOutcome(undefined);
    setAttempt((before) => ({ number: before.number + 1, agrees: agrees || before.agrees }));
  }, []);
  if (room) return { kind: 'in', room };
  if (!outcome) return state === 'guest' && !guestSeat(classId) ? { kind: 'stranger' } : { kind: 'entering' };
  if (outcome.kind === 'consent') return { kind: 'consent', agree: () => again(true) };
  if (outcome.problem.code === 'live.not_live') return { kind: 'shut', phase: String(outcome.problem.fields.state ?? 'scheduled'), startsAt: (outcome.problem.fields.starts_at as string | undefined) ?? null };
  return { kind: 'failed', problem: outcome.problem, retry: () => again(false) };
}
