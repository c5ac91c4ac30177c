import type { ComponentType } from 'react';

import type { BlockView, ProblemView } from '@lib/api/catalog';

/** What draws a block as learners see it; the app hands it in. */
export type LessonView = ComponentType<{ course: string; unit: string; block: BlockView; problem: ProblemView | null }>;
