import { api } from '@lib/api/base';
import { progressApi, type Done, type LearnerBlock, type LearnerUnit } from '@lib/api/progress';

type Patch = Parameters<ReturnType<typeof progressApi.util.updateQueryData<'unitFor'>>>[0];

/** Where a block is: the pair that its unit was asked for with, course and unit. */
export type Where = { course: string; unit: string; /** A guest tries the lesson: answers are scored and nothing is kept. */ isTrial?: boolean };

function each(blocks: LearnerBlock[], visit: (block: LearnerBlock) => void): void {
  for (const block of blocks) {
    visit(block);
    each(block.children, visit);
  }
}

/** Write into the kept unit what the server just said of a block, so that coming back shows it without a question. */
export function noteBlock(dispatch: Patch, { course, unit }: Where, id: string, change: (block: LearnerBlock) => void): void {
  dispatch(
    progressApi.util.updateQueryData('unitFor', { course, unit }, (kept: LearnerUnit) => {
      each(kept.blocks, (block) => {
        if (block.id === id) change(block);
      });
    }),
  );
}

/** Mark what an action completed. */
export function noteDone(dispatch: Patch, { course, unit }: Where, done: Done): void {
  if (done.completed.length === 0) return;
  const fresh = new Set(done.completed);
  dispatch(
    progressApi.util.updateQueryData('unitFor', { course, unit }, (kept: LearnerUnit) => {
      each(kept.blocks, (block) => {
        if (fresh.has(block.id)) block.is_done = true;
      });
    }),
  );
  dispatch(api.util.invalidateTags(['Learning', 'Progress', 'Home']) as never);
}
