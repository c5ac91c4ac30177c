import './teach.css';

import { Link } from '@tanstack/react-router';

import { useMyCoursesQuery, type CourseLine } from '@lib/api/courses';
import { mayTeach, useViewerQuery } from '@lib/api/viewer';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Card } from '@ui/Card';
import { Classes } from '@ui/classes/Classes';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Forbidden } from '@ui/Forbidden';
import { Page } from '@ui/Page';
import { Pagination } from '@ui/Pagination';
import { SkeletonCards } from '@ui/Skeleton';
import { useKeysetPages } from '@ui/useKeysetPages';

import { TONES } from './tones';

const A_PAGE = 24;

export default function TeachPage() {
  const t = useT();
  const pages = useKeysetPages('teach');
  const { data, error, isFetching, refetch } = useMyCoursesQuery({ may: 'teach', cursor: pages.cursor, limit: A_PAGE }, { refetchOnMountOrArgChange: true });
  const { data: viewer } = useViewerQuery();
  if (data?.items.length === 0 && viewer && !mayTeach(viewer.roles)) {
    return (
      <Page title={t('teach.teach.title')}>
        <Forbidden />
      </Page>
    );
  }
  return (
    <Page title={t('teach.teach.title')} lead={t('teach.teach.lead')}>
      {data && <Classes plans />}
      {!data && !error && <SkeletonCards cards={6} height="132px" />}
      {!data && error && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && !pages.hasPrevious && (
        <EmptyState icon="teach" title={t('teach.none')}>
          {t('teach.none-line')}
        </EmptyState>
      )}
      {data && data.items.length > 0 && (
        <ul className="grid taught">
          {data.items.map((course) => (
            <Taught key={course.id} course={course} />
          ))}
        </ul>
      )}
      <Pagination hasPrevious={pages.hasPrevious} hasNext={Boolean(data?.next)} busy={isFetching} onPrevious={pages.previous} onNext={() => data?.next && pages.next(data.next)} />
    </Page>
  );
}

function Taught({ course }: { course: CourseLine }) {
  const t = useT();
  const format = useFormats();
  return (
    <Card as="li">
      <h2>
        <Link className="card-cover" to="/teach/$course/people" params={{ course: course.id }} search={{}}>
          <bdi>{course.title}</bdi>
        </Link>
      </h2>
      <p>
        <Badge tone={TONES[course.state]}>{t(`teach.state.${course.state}`)}</Badge>
      </p>
      <p className="small muted">{course.published_at ? t('teach.published', { when: format.date(course.published_at) }) : t('teach.unpublished')}</p>
    </Card>
  );
}
