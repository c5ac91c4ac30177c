import './live.css';

import { Link, useParams } from '@tanstack/react-router';

import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Page } from '@ui/Page';
import { Skeleton } from '@ui/Skeleton';

import { ConsentGate } from './room/ConsentGate';
import { RoomView } from './room/RoomView';
import { RoomContext } from './room/useRoom';
import { ShutDoor } from './room/ShutDoor';
import { useEntry } from './room/useEntry';
import { OutOfRoom } from './room/OutOfRoom';

/** A live class: from the lobby to its end. */
export default function RoomPage() {
  const { room: classId = '' } = useParams({ strict: false });
  const entry = useEntry(classId);
  const t = useT();
  if (entry.kind === 'in') {
    return (
      <RoomContext value={entry.room}>
        <OutOfRoom room={entry.room}>
          <RoomView />
        </OutOfRoom>
      </RoomContext>
    );
  }
  return (
    <Page title={t('live.title')} width="text">
      {entry.kind === 'entering' && <Skeleton height="320px" />}
      {entry.kind === 'shut' && <ShutDoor phase={entry.phase} startsAt={entry.startsAt} />}
      {entry.kind === 'consent' && <ConsentGate onAgree={entry.agree} />}
      {entry.kind === 'stranger' && (
        <EmptyState
          icon="lock"
          title={t('live.stranger')}
          action={
            <div className="row">
              <Link className="btn btn-primary" to="/login" search={{ next: `/live/${classId}` }}>
                {t('live.sign-in')}
              </Link>
              <Link className="btn btn-secondary" to="/join/$code" params={{ code: '' }}>
                {t('live.have-code')}
              </Link>
            </div>
          }
        >
          {t('live.stranger-line')}
        </EmptyState>
      )}
      {entry.kind === 'failed' && <ErrorState problem={entry.problem} onRetry={entry.retry} />}
    </Page>
  );
}
