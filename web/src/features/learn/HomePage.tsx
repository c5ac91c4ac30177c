import { Link } from '@tanstack/react-router';

import { asProblem } from '@lib/asProblem';
import { useHomeQuery } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Classes } from '@ui/classes/Classes';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Page } from '@ui/Page';
import { Skeleton, SkeletonCards } from '@ui/Skeleton';

import { CompletedRow, CourseCard, WaitingRow } from './home/CourseCard';
import { ResumeCard } from './home/ResumeCard';
import { shelvesOf } from './home/shelves';
import './learn.css';

/** The learner's home: where to go on first, then every course, then what is waiting and what is done. */
export default function HomePage() {
  const t = useT();
  const { data, error, refetch } = useHomeQuery(undefined, { refetchOnMountOrArgChange: 30 });
  const shelves = data && shelvesOf(data.items);
  return (
    <Page title={t('learn.home.title')}>
      {!data && !error && <Waiting />}
      {!data && error !== undefined && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data && data.items.length === 0 && <Nothing />}
      {shelves?.resume && <ResumeCard shelf={shelves.resume} />}
      {data && <Classes />}
      {shelves && shelves.active.length > 0 && (
        <section className="section" aria-labelledby="mine">
          <h2 id="mine">{t('learn.home.mine')}</h2>
          <ul className="grid plain">
            {shelves.active.map((shelf) => (
              <CourseCard key={shelf.course_id} shelf={shelf} />
            ))}
          </ul>
        </section>
      )}
      {shelves && shelves.waiting.length > 0 && (
        <section className="section" aria-labelledby="waiting">
          <h2 id="waiting">{t('learn.home.waiting')}</h2>
          <ul className="list card">
            {shelves.waiting.map((shelf) => (
              <WaitingRow key={shelf.course_id} shelf={shelf} />
            ))}
          </ul>
        </section>
      )}
      {shelves && shelves.completed.length > 0 && (
        <section className="section" aria-labelledby="completed">
          <h2 id="completed">{t('learn.home.completed')}</h2>
          <ul className="list card">
            {shelves.completed.map((shelf) => (
              <CompletedRow key={shelf.course_id} shelf={shelf} />
            ))}
          </ul>
        </section>
      )}
      {data && data.items.length > 0 && (
        <p>
          <Link to="/catalog">{t('learn.home.more')}</Link>
        </p>
      )}
    </Page>
  );
}

function Waiting() {
  return (
    <>
      <Skeleton height="212px" />
      <SkeletonCards cards={3} height="220px" />
    </>
  );
}

function Nothing() {
  const t = useT();
  return (
    <EmptyState
      icon="compass"
      title={t('learn.home.empty')}
      action={
        <Link className="btn btn-primary" to="/catalog">
          {t('learn.home.explore')}
        </Link>
      }
    >
      {t('learn.home.empty-line')}
    </EmptyState>
  );
}
