import './learn.css';

import type { BlockView, ProblemView } from '@lib/api/catalog';

import { Block } from './blocks/Block';
import { onTrial } from './onTrial';

/** A block as learners get it, for those who write it: nothing that is done here is kept. */
export default function Lesson({ course, unit, block, problem }: { course: string; unit: string; block: BlockView; problem: ProblemView | null }) {
  return <Block block={onTrial(block, problem)} where={{ course, unit, isTrial: true }} />;
}
