import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import { useListNotificationsQuery, useReadNotificationsMutation, type Notification } from '@lib/api/notifications';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Dialog } from '@ui/Dialog';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Icon, type IconName } from '@ui/Icon';
import { Pagination } from '@ui/Pagination';
import { SkeletonLines } from '@ui/Skeleton';
import { useKeysetPages } from '@ui/useKeysetPages';

const SIGNS: Record<string, IconName> = { access: 'key', achievements: 'star', 'class-start': 'video', classes: 'calendar', 'course-updates': 'book' };

/** What one was told, the latest first. Looking at it is reading it; what was new stays marked while it is open. */
export function News({ onClose }: { onClose: () => void }) {
  const t = useT();
  const pages = useKeysetPages('news');
  const { data, error, isFetching, refetch } = useListNotificationsQuery({ limit: 20, ...(pages.cursor ? { cursor: pages.cursor } : {}) }, { refetchOnMountOrArgChange: true });
  const [read] = useReadNotificationsMutation();
  const told = useRef('');
  const newest = pages.hasPrevious ? undefined : data?.items[0];
  useEffect(() => {
    if (!newest || newest.read_at !== null || told.current === newest.id) return;
    told.current = newest.id;
    void read({ readThrough: { through: newest.id } });
  }, [newest, read]);
  return (
    <Dialog title={t('bell.title')} side="end" open onClose={onClose}>
      {!data && !error && <SkeletonLines lines={6} />}
      {!data && error && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && !pages.hasPrevious && (
        <EmptyState icon="bell" title={t('bell.none')} level={3}>
          {t('bell.none-line')}
        </EmptyState>
      )}
      {data && (
        <ul className="news">
          {data.items.map((each) => (
            <Piece key={each.id} piece={each} onGo={onClose} />
          ))}
        </ul>
      )}
      <Pagination hasPrevious={pages.hasPrevious} hasNext={Boolean(data?.next)} busy={isFetching} onPrevious={pages.previous} onNext={() => data?.next && pages.next(data.next)} />
    </Dialog>
  );
}

function Piece({ piece, onGo }: { piece: Notification; onGo: () => void }) {
  const t = useT();
  const format = useFormats();
  const { kind, category, parameters, times, occurred_at: at, read_at: readAt } = piece;
  const values = {
    title: parameters.class_title || parameters.course_title || '',
    course: parameters.course_title ?? '',
    when: parameters.starts_at ? format.dateTime(parameters.starts_at) : '',
    reason: parameters.reason ?? '',
    times,
  };
  // A kind that came after this release is told by its category.
  const words = t.has(`bell.kind.${kind}`) ? t(`bell.kind.${kind}`, values) : t(`bell.category.${category}`);
  return (
    <li className={readAt === null ? 'news-new' : undefined}>
      <Icon name={SIGNS[category] ?? 'bell'} />
      <div className="grow">
        <p dir="auto">
          <Target piece={piece} words={words} onGo={onGo} />
        </p>
        <p className="small muted">
          {readAt === null && <span className="visually-hidden">{t('bell.new')} </span>}
          <time dateTime={at}>{format.dateTime(at)}</time>
        </p>
      </div>
    </li>
  );
}

/** Where a piece of news leads: into the class, the course, or nowhere. */
function Target({ piece: { kind, parameters }, words, onGo }: { piece: Notification; words: string; onGo: () => void }) {
  if (parameters.class_id && kind !== 'class-cancelled') {
    return (
      <Link to="/live/$room" params={{ room: parameters.class_id }} onClick={onGo}>
        {words}
      </Link>
    );
  }
  const course = parameters.course_slug;
  if (!course) return words;
  return kind === 'seat-removed' || kind === 'seat-expired' ? (
    <Link to="/c/$course" params={{ course }} onClick={onGo}>
      {words}
    </Link>
  ) : (
    <Link to="/learn/$course" params={{ course }} onClick={onGo}>
      {words}
    </Link>
  );
}
