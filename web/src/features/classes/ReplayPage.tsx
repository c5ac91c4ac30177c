import './classes.css';

import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { useGetClassQuery, useWatchRecordingQuery, type ClassView } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Page } from '@ui/Page';
import { Select } from '@ui/Select';
import { Skeleton } from '@ui/Skeleton';

import { Desk } from './replay/Desk';
import { Recordings } from './replay/Recordings';

/** A class after it was held: its recording, or its slides, with what was said at their time. */
export default function ReplayPage() {
  const t = useT();
  const format = useFormats();
  const { room: classId = '', view = 'replay' } = useParams({ strict: false });
  const recording = view === 'replay' ? undefined : view;
  const { data: held, error, refetch } = useGetClassQuery({ classId }, { refetchOnMountOrArgChange: true });
  return (
    <Page
      title={held?.title ?? t('classes.replay')}
      tab={held ? `${t('classes.replay')}: ${held.title}` : t('classes.replay')}
      width="wide"
      lead={held && t('classes.replay.held', { when: format.dateTime(held.started_at ?? held.starts_at) })}
      actions={
        held?.may_host && (
          <Link className="btn btn-secondary" to="/live/$room/host" params={{ room: held.id }}>
            {t('classes.plan.console')}
          </Link>
        )
      }
    >
      {!held && !error && <Skeleton height="320px" />}
      {!held && error !== undefined && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
      {held && <Held key={recording ?? ''} held={held} recording={recording} />}
    </Page>
  );
}

function Held({ held, recording }: { held: ClassView; recording: string | undefined }) {
  const t = useT();
  const [session, setSession] = useState(held.session);
  const watched = useWatchRecordingQuery({ classId: held.id, recording: recording ?? '' }, { skip: !recording });
  if (held.session === 0) {
    return (
      <EmptyState icon="history" title={t('classes.replay.not-yet')}>
        {t('classes.replay.not-yet-line')}
      </EmptyState>
    );
  }
  return (
    <div className="stack replay-page-stack">
      {recording && !watched.data && !watched.error && <Skeleton height="320px" />}
      {recording && !watched.data && watched.error !== undefined && <ErrorState problem={asProblem(watched.error)} onRetry={() => void watched.refetch()} />}
      {!recording && held.session > 1 && (
        <div className="replay-runs">
          <Select label={t('classes.replay.run')} value={String(session)} options={Array.from({ length: held.session }, (_, at) => ({ value: String(at + 1), label: t('classes.replay.run-number', { number: at + 1 }) }))} onChange={(event) => setSession(Number(event.target.value))} />
        </div>
      )}
      {(!recording || watched.data) && <Desk key={session} held={held} session={session} replay={recording ? watched.data : undefined} />}
      <Recordings held={held} watched={recording} />
    </div>
  );
}
