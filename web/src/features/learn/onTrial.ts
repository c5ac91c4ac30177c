import type { BlockView, ProblemView } from '@lib/api/catalog';
import type { LearnerBlock } from '@lib/api/progress';

/** A block as the player draws it, with nobody's work on it. */
export function onTrial(block: BlockView, problem: ProblemView | null): LearnerBlock {
  return {
    id: block.id,
    title: block.title,
    content: block.content,
    rule: 'none',
    threshold: '1',
    is_required: true,
    is_done: false,
    due_at: null,
    problem,
    attempt: null,
    watched: null,
    children: block.children.map((child) => onTrial(child, null)),
  };
}
