import { Link, useNavigate } from '@tanstack/react-router';

import type { CourseListing } from '@lib/api/catalog';
import { useEnrolMutation, useMySeatsQuery } from '@lib/api/enrollment';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { CoursePicture } from '@ui/CoursePicture';
import { ProblemBanner } from '@ui/ProblemBanner';
import { toast } from '@ui/toast';

/** The way into a course: try, enrol, wait in the queue, or go on. */
export function EnrolCard({ course }: { course: CourseListing }) {
  const t = useT();
  const format = useFormats();
  const facts = [
    [t('catalog.course.language'), new Intl.DisplayNames(t.locale, { type: 'language' }).of(course.language) ?? course.language],
    ...(course.starts_at ? [[t('catalog.course.starts'), format.date(course.starts_at)]] : []),
    ...(course.ends_at ? [[t('catalog.course.ends'), format.date(course.ends_at)]] : []),
    ...(course.licence ? [[t('catalog.course.licence'), course.licence]] : []),
  ];
  return (
    <Card as="section" className="enrol-card">
      <CoursePicture url={course.image_url} alt={course.image_alt} seed={course.course_id} first />
      <div className="stack">
        <h2 className="visually-hidden">{t('catalog.course.take')}</h2>
        <Action course={course} />
        <dl className="facts">
          {facts.map(([name, value]) => (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Card>
  );
}

function Action({ course }: { course: CourseListing }) {
  const t = useT();
  const { state } = useSignal(session);
  const firstTry = course.sections.flatMap((section) => section.subsections.flatMap((subsection) => subsection.units)).find((unit) => unit.can_try);
  if (state !== 'guest') return <Enrol course={course} />;
  return (
    <>
      {firstTry && (
        <Link className="btn btn-play btn-wide" to="/try/$unit" params={{ unit: firstTry.id }} search={{ course: course.slug }}>
          {t('catalog.course.try-first')}
        </Link>
      )}
      <Link className="btn btn-primary btn-wide" to="/register" search={{ next: `/c/${course.slug}` }}>
        {t('catalog.course.register')}
      </Link>
      <p className="small muted">
        {t.rich('catalog.course.known', {
          link: (parts) => (
            <Link to="/login" search={{ next: `/c/${course.slug}` }}>
              {parts}
            </Link>
          ),
        })}
      </p>
    </>
  );
}

function Enrol({ course }: { course: CourseListing }) {
  const t = useT();
  const navigate = useNavigate();
  const { state } = useSignal(session);
  const { data } = useMySeatsQuery(undefined, { skip: state !== 'signed-in' });
  const [enrol, { isLoading, error }] = useEnrolMutation();
  const seat = data?.items.find((each) => each.course_id === course.course_id);
  const take = async (): Promise<void> => {
    const answer = await enrol({ course: course.slug });
    if (answer.data?.state !== 'active') return;
    toast(t('catalog.course.enrolled'));
    await navigate({ to: '/learn/$course', params: { course: course.slug } });
  };
  if (seat?.state === 'active' || seat?.state === 'completed') {
    return (
      <Link className="btn btn-primary btn-wide" to="/learn/$course" params={{ course: course.slug }}>
        {t('catalog.course.go-on')}
      </Link>
    );
  }
  if (seat?.state === 'waitlisted') return <Banner>{t('catalog.course.waiting', { place: seat.position ?? 1 })}</Banner>;
  return (
    <>
      <ProblemBanner problem={asProblem(error)} />
      <Button kind="primary" wide busy={isLoading} disabled={state === 'unknown'} onClick={() => void take()}>
        {t('catalog.course.enrol')}
      </Button>
    </>
  );
}
