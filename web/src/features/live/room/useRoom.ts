import { createContext, use } from 'react';

import type { Problem } from '@lib/problem';
import { useSignal } from '@lib/signal';
import { toast } from '@ui/toast';
import { useT } from '@lib/i18n';

import type { Answer } from './ask';
import type { Room } from './room';
import type { RoomState } from './state';

export const RoomContext = createContext<Room | undefined>(undefined);

export function useRoom(): Room {
  const room = use(RoomContext);
  if (!room) throw new Error('a part of the room is drawn outside of it');
  return room;
}

export function useRoomState(): RoomState {
  return useSignal(useRoom().state);
}

export const mayHost = (role: string): boolean => role === 'host' || role === 'cohost';

export const mayPresent = (role: string): boolean => mayHost(role) || role === 'speaker';

/** Do something in the room; a refusal is said where all notices are, and told to the caller. */
export function useAct(): <T>(act: Promise<Answer<T>>) => Promise<T | undefined> {
  const t = useT();
  return async (act) => {
    const answer = await act;
    if ('data' in answer) return answer.data;
    toast(sayProblem(answer.error, t));
    return undefined;
  };
}

function sayProblem(problem: Problem, t: ReturnType<typeof useT>): string {
  const own = `problem.of.${problem.code}`;
  if (t.has(own)) return t(own);
  return problem.status === 0 ? t('problem.offline.title') : problem.detail || problem.title || t('problem.server.title');
}
