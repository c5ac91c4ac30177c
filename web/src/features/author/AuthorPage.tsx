import './author.css';

import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { useMyCoursesQuery, type CourseLine } from '@lib/api/courses';
import { mayAuthor, useViewerQuery } from '@lib/api/viewer';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Forbidden } from '@ui/Forbidden';
import { Icon } from '@ui/Icon';
import { Page } from '@ui/Page';
import { Pagination } from '@ui/Pagination';
import { SkeletonCards } from '@ui/Skeleton';
import { useKeysetPages } from '@ui/useKeysetPages';

import { NewCourseDialog } from './NewCourseDialog';
import { STATE_TONES } from './states';

const A_PAGE = 24;

export default function AuthorPage() {
  const t = useT();
  const [creating, setCreating] = useState(false);
  const pages = useKeysetPages('mine');
  const { data, error, isFetching, refetch } = useMyCoursesQuery({ cursor: pages.cursor, limit: A_PAGE }, { refetchOnMountOrArgChange: true });
  const { data: viewer } = useViewerQuery();
  const toImport = (
    <Link className="btn btn-secondary" to="/author/import" search={{}}>
      <Icon name="upload" />
      {t('author.import-course')}
    </Link>
  );
  const create = (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {t('author.new-course')}
    </Button>
  );
  const isEmpty = data?.items.length === 0 && !pages.hasPrevious;
  if (isEmpty && viewer && !mayAuthor(viewer.roles)) {
    return (
      <Page title={t('author.author.title')}>
        <Forbidden />
      </Page>
    );
  }
  return (
    <Page
      title={t('author.author.title')}
      lead={t('author.author.lead')}
      actions={
        !isEmpty && (
          <>
            {toImport}
            {create}
          </>
        )
      }
    >
      {!data && !error && <SkeletonCards cards={6} height="132px" />}
      {!data && error && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
      {isEmpty && (
        <EmptyState
          icon="pencil"
          title={t('author.none')}
          action={
            <div className="row">
              {create}
              {toImport}
            </div>
          }
        >
          {t('author.none-line')}
        </EmptyState>
      )}
      {data && data.items.length > 0 && (
        <ul className="grid drafts">
          {data.items.map((course) => (
            <DraftCard key={course.id} course={course} />
          ))}
        </ul>
      )}
      <Pagination hasPrevious={pages.hasPrevious} hasNext={Boolean(data?.next)} busy={isFetching} onPrevious={pages.previous} onNext={() => data?.next && pages.next(data.next)} />
      {creating && <NewCourseDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function DraftCard({ course }: { course: CourseLine }) {
  const t = useT();
  const format = useFormats();
  const [now] = useState(Date.now);
  const isAhead = course.published_at !== null && course.changed_at > course.published_at;
  return (
    <Card as="li" className="draft">
      <h2>
        <Link className="card-cover" to="/author/$course/outline" params={{ course: course.id }} search={{}}>
          <bdi>{course.title}</bdi>
        </Link>
      </h2>
      <p className="row small muted">
        <Badge tone={STATE_TONES[course.state]}>{t(`author.state.${course.state}`)}</Badge>
        {isAhead && <Badge tone="info">{t('author.unpublished-changes')}</Badge>}
      </p>
      <p className="small muted">{t('author.changed', { when: format.relative(course.changed_at, now) })}</p>
    </Card>
  );
}
