import './classes.css';

import { Link, useParams } from '@tanstack/react-router';

import { useGetClassQuery, type ClassView } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Banner } from '@ui/Banner';
import { ErrorState } from '@ui/ErrorState';
import { Forbidden } from '@ui/Forbidden';
import { Page } from '@ui/Page';
import { SkeletonLines } from '@ui/Skeleton';

import { CancelCard } from './plan/CancelCard';
import { DetailsForm } from './plan/DetailsForm';
import { StageForm } from './plan/StageForm';
import { Quizzes } from './quiz/Quizzes';

/** A class before it is held: when, for whom, how it is heard, and what will be asked in it. */
export default function PlanPage() {
  const t = useT();
  const { room: classId = '' } = useParams({ strict: false });
  const { data: held, error, refetch } = useGetClassQuery({ classId }, { refetchOnMountOrArgChange: true });
  if (held && !held.may_host) {
    return (
      <Page title={held.title} width="text">
        <Forbidden detail={t('classes.plan.forbidden')} />
      </Page>
    );
  }
  return (
    <Page title={held?.title ?? t('classes.plan')} tab={t('classes.plan')} width="text" above={<Above held={held} />} lead={held && <When held={held} />} actions={held && <Actions held={held} />}>
      {!held && !error && <SkeletonLines lines={8} />}
      {!held && error !== undefined && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
      {held && <Plan held={held} onStale={() => void refetch()} />}
    </Page>
  );
}

function Plan({ held, onStale }: { held: ClassView; onStale: () => void }) {
  const t = useT();
  if (held.state === 'cancelled' || held.state === 'archived') return <Banner>{t(held.state === 'cancelled' ? 'classes.plan.is-cancelled' : 'classes.plan.is-archived')}</Banner>;
  return (
    <div className="stack plan">
      <DetailsForm key={held.version} held={held} onStale={onStale} />
      <Quizzes held={held} />
      <StageForm held={held} />
      {(held.state === 'scheduled' || held.state === 'open') && <CancelCard held={held} />}
    </div>
  );
}

function Above({ held }: { held: ClassView | undefined }) {
  const t = useT();
  return (
    <p className="small muted row">
      <Link to="/teach">{t('classes.plan.back')}</Link>
      {held && held.state !== 'scheduled' && <Badge tone={held.state === 'live' ? 'live' : 'neutral'}>{t(`classes.state.${held.state}`)}</Badge>}
      {held?.series_id && <Badge>{t('classes.plan.of-series')}</Badge>}
    </p>
  );
}

function When({ held }: { held: ClassView }) {
  const t = useT();
  const format = useFormats();
  return t('classes.when', { when: format.dateTime(held.starts_at), until: format.time(held.ends_at) });
}

function Actions({ held }: { held: ClassView }) {
  const t = useT();
  if (held.state === 'cancelled') return null;
  return (
    <>
      {held.session > 0 && (
        <Link className="btn btn-secondary" to="/live/$room/$view" params={{ room: held.id, view: 'replay' }}>
          {t('classes.replay')}
        </Link>
      )}
      <Link className="btn btn-secondary" to="/live/$room/host" params={{ room: held.id }}>
        {t('classes.plan.console')}
      </Link>
    </>
  );
}
