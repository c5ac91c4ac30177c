import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';

import { useEnrolMutation } from '@lib/api/enrollment';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { Button } from '@ui/Button';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Icon } from '@ui/Icon';
import { ProblemBanner } from '@ui/ProblemBanner';

type Props = {
  problem: Problem;
  course: string;
  onRetry: () => void;
  /** The name of another part of the course, for "after …". */
  nameOf?: ((id: string) => string | undefined) | undefined;
};

/** Why a page of a course is not shown, and what opens it: a seat, a date, another part first; anything else is an error. */
export function Refusal({ problem, course, onRetry, nameOf }: Props) {
  if (problem.code === 'progress.seat_needed') return <SeatNeeded problem={problem} course={course} onRetry={onRetry} />;
  if (problem.code === 'progress.not_yet') return <NotYet problem={problem} course={course} onRetry={onRetry} nameOf={nameOf} />;
  return <ErrorState problem={problem} onRetry={onRetry} />;
}

function SeatNeeded({ problem, course, onRetry }: Props) {
  const t = useT();
  const slug = typeof problem.fields.course === 'string' ? problem.fields.course : course;
  const [enrol, { data: seat, error, isLoading }] = useEnrolMutation();
  const isWaiting = seat?.state === 'waitlisted' || (problem.fields.state === 'waitlisted' && !seat);
  useEffect(() => {
    if (seat && seat.state !== 'waitlisted') onRetry();
  }, [seat, onRetry]);
  if (isWaiting) {
    return (
      <EmptyState icon="clock" title={t('learn.waiting.title')} action={<Toward course={slug} />}>
        {seat?.position ? t('learn.waiting.position', { position: seat.position }) : t('learn.waiting.line')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="key"
      title={t('learn.seat.title')}
      action={
        <div className="stack">
          <Button kind="primary" busy={isLoading} onClick={() => void enrol({ course: slug })}>
            {t('learn.seat.enrol')}
          </Button>
          <Toward course={slug} />
          <ProblemBanner problem={asProblem(error)} />
        </div>
      }
    >
      {t('learn.seat.line')}
    </EmptyState>
  );
}

function Toward({ course }: { course: string }) {
  const t = useT();
  return (
    <Link className="btn btn-secondary" to="/c/$course" params={{ course }}>
      {t('learn.seat.about')}
    </Link>
  );
}

function NotYet({ problem, course, onRetry, nameOf }: Props) {
  const t = useT();
  const format = useFormats();
  const { opens_at: opensAt, after } = problem.fields;
  const needs = Array.isArray(after) ? after.map(String) : [];
  return (
    <EmptyState icon="lock" title={t('learn.locked.title')} action={<Button onClick={onRetry}>{t('ui.retry')}</Button>}>
      {typeof opensAt === 'string' && <p>{t('learn.locked.opens', { when: format.dateTime(opensAt) })}</p>}
      {needs.length > 0 && (
        <>
          <p>{t('learn.locked.after')}</p>
          <ul className="plain-list">
            {needs.map((id) => (
              <li key={id}>
                <Icon name="circle" /> {nameOf?.(id) ?? t('learn.locked.another')}
              </li>
            ))}
          </ul>
        </>
      )}
      <Link to="/learn/$course" params={{ course }}>
        {t('learn.locked.overview')}
      </Link>
    </EmptyState>
  );
}
