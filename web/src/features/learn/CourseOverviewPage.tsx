import { Link, useParams } from '@tanstack/react-router';
import { useCallback } from 'react';

import { asProblem } from '@lib/asProblem';
import { useOutlineForQuery, type LearnerOutline } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Breadcrumb } from '@ui/Breadcrumb';
import { Classes } from '@ui/classes/Classes';
import { EmptyState } from '@ui/EmptyState';
import { Icon } from '@ui/Icon';
import { Page } from '@ui/Page';
import { ProgressRing } from '@ui/Progress';
import { Skeleton, SkeletonLines } from '@ui/Skeleton';

import { Celebration } from './progress/Celebration';
import { OutlineTree } from './player/OutlineTree';
import { placesOf, resumeOf } from './player/outline';
import { Refusal } from './Refusal';
import { useNow } from './useNow';
import './learn.css';

/** A course from above: how far, where to go on, and every part with its mark. */
export default function CourseOverviewPage() {
  const t = useT();
  const { course = '' } = useParams({ strict: false });
  const { currentData: outline, error, refetch } = useOutlineForQuery({ course });
  const retry = useCallback(() => void refetch(), [refetch]);
  return (
    <Page
      title={outline?.title ?? t('learn.courseoverview.title')}
      width="text"
      above={
        <Breadcrumb>
          {[
            <Link key="home" to="/home">
              {t('learn.home.title')}
            </Link>,
          ]}
        </Breadcrumb>
      }
    >
      {!outline && !error && (
        <>
          <Skeleton height="136px" />
          <SkeletonLines lines={6} />
        </>
      )}
      {!outline && error !== undefined && <Refusal problem={asProblem(error)!} course={course} onRetry={retry} />}
      {outline && <Overview outline={outline} course={course} />}
    </Page>
  );
}

function Overview({ outline, course }: { outline: LearnerOutline; course: string }) {
  const t = useT();
  const format = useFormats();
  const now = useNow();
  const next = resumeOf(placesOf(outline.sections), outline.resume_unit, now);
  const isDone = outline.required > 0 && outline.completed >= outline.required;
  const hasBegun = outline.completed > 0 || outline.resume_unit !== null;
  if (outline.sections.length === 0) return <EmptyState title={t('learn.overview.empty')}>{t('learn.overview.empty-line')}</EmptyState>;
  return (
    <>
      {isDone && <Celebration course={outline.title} />}
      <section className="card resume" aria-label={t('learn.progress.title')}>
        <div className="resume-ring">
          <ProgressRing label={t('learn.progress.title')} share={outline.percent / 100} size={72} />
          <span className="resume-percent nums" aria-hidden="true">
            {format.percent(outline.percent / 100)}
          </span>
        </div>
        <div className="grow resume-words">
          <p>{t('learn.progress.parts', { done: outline.completed, all: outline.required })}</p>
          <Link to="/learn/$course/progress" params={{ course }}>
            {t('learn.overview.progress')}
          </Link>
        </div>
        {next && (
          <Link className="btn btn-primary" to="/learn/$course/$unit" params={{ course, unit: next.unit.id }} hash={outline.resume_block && next.unit.id === outline.resume_unit ? `block-${outline.resume_block}` : ''}>
            <span>
              {t(hasBegun ? 'learn.home.continue' : 'learn.home.start')}
              <span className="btn-target">{next.unit.title}</span>
            </span>
            <Icon name="arrow-end" />
          </Link>
        )}
      </section>
      <Classes course={outline.course_id} />
      <section className="section" aria-labelledby="contents">
        <h2 id="contents">{t('learn.overview.contents')}</h2>
        <OutlineTree course={course} sections={outline.sections} current={next?.unit.id} now={now} isOverview />
      </section>
    </>
  );
}
