import { Link, useParams } from '@tanstack/react-router';
import { useCallback } from 'react';

import { asProblem } from '@lib/asProblem';
import { useOutlineForQuery, useProgressForQuery, type CourseProgress } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Breadcrumb } from '@ui/Breadcrumb';
import { EmptyState } from '@ui/EmptyState';
import { Page } from '@ui/Page';
import { ProgressBar, ProgressRing } from '@ui/Progress';
import { Skeleton, SkeletonLines } from '@ui/Skeleton';

import { Celebration } from './progress/Celebration';
import { Refusal } from './Refusal';
import './learn.css';

/** How far the learner is: the whole, the points, and each section. */
export default function ProgressPage() {
  const t = useT();
  const { course = '' } = useParams({ strict: false });
  const { currentData: progress, error, refetch } = useProgressForQuery({ course }, { refetchOnMountOrArgChange: 15 });
  const { currentData: outline } = useOutlineForQuery({ course });
  const retry = useCallback(() => void refetch(), [refetch]);
  return (
    <Page
      title={t('learn.progress.title')}
      tab={outline ? t('learn.progress.of', { course: outline.title }) : t('learn.progress.title')}
      width="text"
      above={
        <Breadcrumb>
          {[
            <Link key="home" to="/home">
              {t('learn.home.title')}
            </Link>,
            <Link key="course" to="/learn/$course" params={{ course }} activeOptions={{ exact: true }}>
              {outline?.title ?? t('learn.courseoverview.title')}
            </Link>,
          ]}
        </Breadcrumb>
      }
    >
      {!progress && !error && (
        <>
          <Skeleton height="136px" />
          <SkeletonLines lines={5} />
        </>
      )}
      {!progress && error !== undefined && <Refusal problem={asProblem(error)!} course={course} onRetry={retry} />}
      {progress && <Standing progress={progress} title={outline?.title ?? ''} />}
    </Page>
  );
}

function Standing({ progress, title }: { progress: CourseProgress; title: string }) {
  const t = useT();
  const format = useFormats();
  const points = (value: string): string => format.number(Number(value), { maximumFractionDigits: 2 });
  const hasPoints = Number(progress.possible) > 0;
  return (
    <>
      {progress.completed_at && <Celebration course={title} at={format.date(progress.completed_at)} />}
      <section className="card resume" aria-label={t('learn.progress.whole')}>
        <div className="resume-ring">
          <ProgressRing label={t('learn.progress.title')} share={progress.percent / 100} size={104} />
          <span className="resume-percent nums" aria-hidden="true">
            {format.percent(progress.percent / 100)}
          </span>
        </div>
        <div className="grow resume-words">
          <p>{t('learn.progress.parts', { done: progress.completed, all: progress.required })}</p>
          <p>{hasPoints ? t('learn.progress.points', { points: points(progress.points), possible: points(progress.possible), count: Number(progress.possible) }) : t('learn.progress.no-points')}</p>
          {hasPoints && <p className="hint">{t('learn.progress.points-hint')}</p>}
        </div>
      </section>
      <section className="section" aria-labelledby="by-section">
        <h2 id="by-section">{t('learn.progress.by-section')}</h2>
        {progress.by_section.length === 0 && <EmptyState title={t('learn.overview.empty')}>{t('learn.overview.empty-line')}</EmptyState>}
        <ul className="list card">
          {progress.by_section.map((section) => (
            <li key={section.id} className="section-progress">
              <h3>{section.title}</h3>
              <ProgressBar label={section.title} share={section.percent / 100} />
              <p className="small muted nums">
                {section.required === 0 ? t('learn.progress.nothing-required') : t('learn.progress.parts', { done: section.completed, all: section.required })}
                {Number(section.possible) > 0 && ` · ${t('learn.progress.points', { points: points(section.points), possible: points(section.possible), count: Number(section.possible) })}`}
              </p>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
