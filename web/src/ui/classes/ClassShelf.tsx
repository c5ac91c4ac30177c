import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { useListClassesQuery, type ClassView } from '@lib/api/live';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';

const PlanDialog = lazy(() => import('./PlanDialog'));

const LOOK_MS = 60_000;
const SHOWN = 12;
const OVER = 3;

type Props = { course?: string | undefined; /** Whoever teaches can plan a class here. */ plans?: boolean };

/** Classes that are on and that come: the ones on air first. Nothing is drawn where there are none to see or to plan. */
export default function ClassShelf({ course, plans = false }: Props) {
  const t = useT();
  const fresh = { pollingInterval: LOOK_MS, skipPollingIfUnfocused: true, refetchOnMountOrArgChange: 30 };
  const where = course ? { course } : {};
  const { data, fulfilledTimeStamp: at = 0 } = useListClassesQuery({ ...where, which: 'now', limit: 50 }, fresh);
  // What is over can be seen again: the last few.
  const { data: over } = useListClassesQuery({ ...where, which: 'past', limit: OVER }, fresh);
  const [planning, setPlanning] = useState(false);
  const classes = [...(data?.items ?? []), ...(over?.items ?? []).filter(({ state }) => state === 'ended')];
  const order = (each: ClassView): number => (each.state === 'live' ? 0 : each.state === 'open' ? 1 : each.state === 'scheduled' ? 2 : 3);
  const shown = classes.toSorted((one, other) => order(one) - order(other) || one.starts_at.localeCompare(other.starts_at)).slice(0, SHOWN);
  if (shown.length === 0 && !plans) return null;
  return (
    <section className="section" aria-labelledby="classes">
      <div className="row between">
        <h2 id="classes">{t('live.classes')}</h2>
        {plans && (
          <Button icon="plus" onClick={() => setPlanning(true)}>
            {t('live.plan')}
          </Button>
        )}
      </div>
      {shown.length === 0 ? (
        <p className="muted">{t('live.classes.none')}</p>
      ) : (
        <ul className="list card class-list">
          {shown.map((each) => (
            <ClassRow key={each.id} held={each} isLate={(each.state === 'scheduled' || each.state === 'open') && Date.parse(each.starts_at) < at} />
          ))}
        </ul>
      )}
      <Suspense fallback={null}>{planning && <PlanDialog course={course} onClose={() => setPlanning(false)} />}</Suspense>
    </section>
  );
}

function ClassRow({ held, isLate }: { held: ClassView; isLate: boolean }) {
  const t = useT();
  const format = useFormats();
  const isOpen = held.state === 'live' || held.state === 'open';
  return (
    <li>
      <Icon name={held.state === 'live' ? 'video' : 'calendar'} />
      <div className="grow">
        <div className="row">
          {held.state === 'live' && <Badge tone="live">{t('live.on')}</Badge>}
          {held.state === 'open' && <Badge tone="info">{t('live.phase.open')}</Badge>}
          {isLate && <Badge tone="warning">{t('live.classes.late')}</Badge>}
          {held.state === 'ended' && <Badge>{t('live.phase.ended')}</Badge>}
          <strong dir="auto">{held.title}</strong>
        </div>
        <div className="muted small">{t('live.classes.when', { when: format.dateTime(held.starts_at), until: format.time(held.ends_at) })}</div>
      </div>
      {held.may_host && held.state !== 'ended' && (
        <Link className="btn btn-quiet" to="/live/$room/$view" params={{ room: held.id, view: 'plan' }} aria-label={t('live.classes.edit-named', { title: held.title })}>
          {t('live.classes.edit')}
        </Link>
      )}
      {held.may_host && (
        <Link className="btn btn-secondary" to="/live/$room/host" params={{ room: held.id }} aria-label={t('live.classes.host-named', { title: held.title })}>
          {t('live.classes.host')}
        </Link>
      )}
      {held.state === 'ended' && (
        <Link className="btn btn-quiet" to="/live/$room/$view" params={{ room: held.id, view: 'replay' }} aria-label={t('live.classes.replay-named', { title: held.title })}>
          {t('live.classes.replay')}
        </Link>
      )}
      {(isOpen || !held.may_host) && held.state !== 'ended' && (
        <Link className={`btn ${isOpen ? 'btn-primary' : 'btn-secondary'}`} to="/live/$room" params={{ room: held.id }} aria-label={t('live.classes.join-named', { title: held.title })}>
          {t('live.classes.join')}
        </Link>
      )}
    </li>
  );
}
