import type { ThunkDispatch, UnknownAction } from '@reduxjs/toolkit';
import { useCallback } from 'react';
import { useDispatch } from 'react-redux';

import { progressApi, type LearnerBlock, type VideoContent } from '@lib/api/progress';

import type { Where } from '../player/cache';

/** Ask for the unit again, and return the film's new addresses; a guest's lesson has none that end. */
export function useRenewal(id: string, { course, unit, isTrial }: Where): () => Promise<VideoContent | undefined> {
  const dispatch = useDispatch<ThunkDispatch<never, unknown, UnknownAction>>();
  return useCallback(async () => {
    if (isTrial) return undefined;
    const asked = dispatch(progressApi.endpoints.unitFor.initiate({ course, unit }, { forceRefetch: true, subscribe: false }));
    const { data } = await asked;
    const block = data && find(data.blocks, id);
    return block?.content.kind === 'video' ? block.content : undefined;
  }, [dispatch, id, course, unit, isTrial]);
}

function find(blocks: LearnerBlock[], id: string): LearnerBlock | undefined {
  for (const block of blocks) {
    const found = block.id === id ? block : find(block.children, id);
    if (found) return found;
  }
  return undefined;
}
