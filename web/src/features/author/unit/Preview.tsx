import type { BlockView } from '@lib/api/catalog';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { SkeletonLines } from '@ui/Skeleton';

import { BlockPreview } from './BlockCard';
import type { LessonView } from './lesson';

/** The unit as a learner reads it, from the draft. */
export function Preview({ course, unit, blocks, Lesson }: { course: string; unit: string; blocks: BlockView[] | undefined; Lesson: LessonView }) {
  const t = useT();
  return (
    <>
      <Banner>{t('author.unit.preview-line')}</Banner>
      <div className="unit unit-preview">
        {!blocks && <SkeletonLines lines={8} />}
        {blocks?.map((block) => (
          <BlockPreview key={block.id} course={course} unit={unit} view={block} Lesson={Lesson} />
        ))}
      </div>
    </>
  );
}
