import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { useClassRecordingsQuery, useDeleteRecordingMutation, usePublishRecordingMutation, type ClassView, type RecordingView } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge, type Tone } from '@ui/Badge';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { Switch } from '@ui/Switch';

const TONES: Record<string, Tone> = { ready: 'success', failed: 'danger', recording: 'live', paused: 'warning' };

/** The recordings of a class: who may watch, until when they stay, and what is gone. */
export function Recordings({ held, watched }: { held: ClassView; watched: string | undefined }) {
  const t = useT();
  const { data, error, refetch } = useClassRecordingsQuery({ classId: held.id }, { refetchOnMountOrArgChange: true });
  return (
    <section className="section" aria-labelledby="recordings">
      <h2 id="recordings">{t('classes.recordings')}</h2>
      {!data && !error && <SkeletonLines lines={2} />}
      {!data && error !== undefined && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <p className="muted">{t(held.may_host ? 'classes.recordings.none-host' : 'classes.recordings.none')}</p>}
      {data && data.items.length > 0 && (
        <ul className="list card recording-list">
          {data.items.map((recording) => (
            <Row key={recording.id} held={held} recording={recording} isWatched={recording.id === watched} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ held, recording, isWatched }: { held: ClassView; recording: RecordingView; isWatched: boolean }) {
  const t = useT();
  const format = useFormats();
  const when = format.dateTime(recording.started_at);
  const isGone = recording.state === 'deleted';
  return (
    <li>
      <div className="grow">
        <div className="row">
          <strong>{when}</strong>
          <Badge tone={TONES[recording.state] ?? 'neutral'}>{t(`classes.recordings.state.${recording.state}`)}</Badge>
        </div>
        <p className="small muted">
          {!isGone && recording.length_s > 0 && <span dir="ltr">{format.clock(recording.length_s)}</span>}
          {!isGone && recording.delete_at && ` · ${t('classes.recordings.until', { when: format.date(recording.delete_at) })}`}
          {isGone && recording.deleted_at && t('classes.recordings.gone', { when: format.date(recording.deleted_at) })}
          {recording.viewers !== null && ` · ${t('classes.recordings.viewers', { viewers: recording.viewers })}`}
        </p>
      </div>
      {recording.state === 'ready' &&
        (isWatched ? (
          <Badge tone="info">{t('classes.recordings.watching')}</Badge>
        ) : (
          <Link className="btn btn-primary" to="/live/$room/$view" params={{ room: held.id, view: recording.id }} aria-label={t('classes.recordings.watch-named', { when })}>
            {t('classes.recordings.watch')}
          </Link>
        ))}
      {held.may_host && !isGone && <HostTools held={held} recording={recording} when={when} />}
    </li>
  );
}

function HostTools({ held, recording, when }: { held: ClassView; recording: RecordingView; when: string }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const [publish, publishing] = usePublishRecordingMutation();
  const [remove, removing] = useDeleteRecordingMutation();
  const isOn = recording.state === 'recording' || recording.state === 'paused';
  const drop = async (): Promise<void> => {
    const answer = await remove({ classId: held.id, recording: recording.id });
    if (!answer.error) setAsking(false);
  };
  return (
    <>
      {recording.state === 'ready' && (
        <Switch label={t('classes.recordings.for-class')} checked={recording.audience === 'class'} onChange={(open) => void publish({ classId: held.id, recording: recording.id, audienceIn: { audience: open ? 'class' : 'nobody' } })} />
      )}
      {!isOn && (
        <Button kind="quiet" icon="trash" aria-label={t('classes.recordings.delete-named', { when })} onClick={() => setAsking(true)}>
          {t('classes.recordings.delete')}
        </Button>
      )}
      <ProblemBanner problem={asProblem(publishing.error)} />
      <ConfirmDialog title={t('classes.recordings.sure', { when })} action={t('classes.recordings.delete')} danger open={asking} busy={removing.isLoading} onConfirm={() => void drop()} onClose={() => setAsking(false)}>
        <ProblemBanner problem={asProblem(removing.error)} />
        <p>{t('classes.recordings.sure-line')}</p>
      </ConfirmDialog>
    </>
  );
}
