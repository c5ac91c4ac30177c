import { exchange } from '@lib/api/base';
import { problemFrom, unreachable, type Problem } from '@lib/problem';

import type { Answer } from './ask';
import type { Joined, Renewed } from './room';

/** A guest's seat in a room lives as long as the browser's tab: a reload comes back to the same person. */
type Seat = { token: string; name: string };

const seatKey = (classId: string): string => `stoa.live.${classId}`;

export function guestSeat(classId: string): Seat | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(seatKey(classId)) ?? 'null') as Seat | null) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepSeat(classId: string, seat: Seat | undefined): void {
  try {
    if (seat) sessionStorage.setItem(seatKey(classId), JSON.stringify(seat));
    else sessionStorage.removeItem(seatKey(classId));
  } catch {
    // A browser without storage asks for the code again after a reload.
  }
}

export async function joinAsMember(classId: string, agrees: boolean): Promise<Answer<Joined>> {
  const answer = await exchange({ url: `/live/classes/${encodeURIComponent(classId)}/join`, method: 'POST', body: { consent: agrees } });
  return 'data' in answer ? { data: answer.data as Joined } : { error: answer.error };
}

export async function joinAsGuest(wish: { code: string; name: string; consent: boolean; agrees: boolean; is_of_age: boolean }): Promise<Answer<Joined>> {
  const answer = await exchange({ url: '/live/guests', method: 'POST', body: wish });
  if (!('data' in answer)) return { error: answer.error };
  const joined = answer.data as Joined;
  // Whoever has an account comes back as who they are.
  if (joined.connection_token) keepSeat(joined.class.id, { token: joined.join_token, name: wish.name });
  return { data: joined };
}

async function askWithSeat<T extends Renewed>(classId: string, token: string, method: string, path: string): Promise<Answer<T>> {
  try {
    const response = await fetch(`/api/v1/live/classes/${encodeURIComponent(classId)}/${path}`, {
      method,
      headers: { accept: 'application/json', 'stoa-join': token, ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}) },
      credentials: 'same-origin',
      signal: AbortSignal.timeout(15_000),
    });
    const body = (await response.json()) as T;
    if (!response.ok) return { error: problemFrom(response, body) };
    const seat = guestSeat(classId);
    if (seat) keepSeat(classId, { ...seat, token: body.join_token });
    return { data: body };
  } catch {
    return { error: unreachable('client.offline') };
  }
}

/** A sign of life, answered with a fresh token. */
export const renewSeat = (classId: string, token: string): Promise<Answer<Renewed>> => askWithSeat(classId, token, 'POST', 'join/renew');

/** All that joining answered, anew. */
export const wholeRoom = (classId: string, token: string): Promise<Answer<Joined>> => askWithSeat(classId, token, 'GET', 'room');

export const needsConsent = (problem: Problem | undefined): boolean => problem?.code === 'live.consent_needed';
