import { Suspense } from 'react';

import type { BlockView } from '@lib/api/catalog';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { SkeletonLines } from '@ui/Skeleton';

import { ProblemPreview } from './BlockCard';
import type { LessonView } from './lesson';

/** The unit as a learner reads it, from the draft. */
export function Preview({ course, unit, blocks, Lesson }: { course: string; unit: string; blocks: BlockView[] | undefined; Lesson: LessonView }) {
  const t = useT();
  return (
    <>
      <Banner>{t('author.unit.preview-line')}</Banner>
      <Suspense fallback={<SkeletonLines lines={8} />}>
        <div className="unit unit-preview">
          {!blocks && <SkeletonLines lines={8} />}
          {blocks?.map((block) =>
            block.content.kind === 'problem' ? <ProblemPreview key={block.id} course={course} unit={unit} view={block} Lesson={Lesson} /> : <Lesson key={block.id} course={course} unit={unit} block={block} problem={null} />,
          )}
        </div>
      </Suspense>
    </>
  );
}
