import './live.css';

import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { useT } from '@lib/i18n';
import { useHeading } from '@lib/navigation';
import { useSignal } from '@lib/signal';
import { ErrorState } from '@ui/ErrorState';
import { Forbidden } from '@ui/Forbidden';
import { Page } from '@ui/Page';
import { SkeletonLines } from '@ui/Skeleton';

import { Chat } from './chat/Chat';
import { People } from './crowd/People';
import { Questions } from './crowd/Questions';
import { Controls } from './host/Controls';
import { Deck } from './host/Deck';
import { Engagement } from './host/Engagement';
import { Exports } from './host/Exports';
import { Groups } from './host/Groups';
import { HandsQueue } from './host/HandsQueue';
import { Held } from './host/Held';
import { Prepared } from './host/Prepared';
import { QuickPolls } from './host/QuickPolls';
import { RecordingControls } from './host/RecordingControls';
import { RoomOrder } from './host/RoomOrder';
import { Polls } from './poll/Polls';
import { ConsentGate } from './room/ConsentGate';
import { OutOfRoom } from './room/OutOfRoom';
import { RoomTabs } from './room/RoomTabs';
import { useEntry } from './room/useEntry';
import { mayHost, RoomContext, useRoom, useRoomState } from './room/useRoom';

/** The teacher's side of a live class. */
export default function HostPage() {
  const t = useT();
  const { room: classId = '' } = useParams({ strict: false });
  const entry = useEntry(classId);
  if (entry.kind === 'in' && mayHost(entry.room.me.role)) {
    return (
      <RoomContext value={entry.room}>
        <OutOfRoom room={entry.room}>
          <Console />
        </OutOfRoom>
      </RoomContext>
    );
  }
  return (
    <Page title={t('live.host.title')} width="text">
      {entry.kind === 'entering' && <SkeletonLines lines={6} />}
      {entry.kind === 'consent' && <ConsentGate onAgree={entry.agree} />}
      {(entry.kind === 'stranger' || entry.kind === 'in') && <Forbidden detail={t('live.host.forbidden')} />}
      {entry.kind === 'failed' && <ErrorState problem={entry.problem} onRetry={entry.retry} />}
    </Page>
  );
}

function Console() {
  const t = useT();
  const room = useRoom();
  const heading = useHeading();
  const [tab, setTab] = useState('chat');
  const { questions } = useRoomState();
  const link = useSignal(room.link);
  const open = questions.filter(({ state }) => state === 'open').length;
  useEffect(() => {
    document.title = `${t('live.host.title')}: ${room.facts.title} · Stoa`;
  }, [t, room.facts.title]);
  return (
    <div className="room room-host">
      <div className="room-main">
        <div>
          <p className="small muted">
            <Link to="/teach">{t('live.host.back')}</Link>
          </p>
          <h1 ref={heading} tabIndex={-1} dir="auto">
            {room.facts.title}
          </h1>
          <p className="visually-hidden" role="status">
            {link === 'back' ? t('live.link.back') : ''}
          </p>
        </div>
        <Controls />
        <RecordingControls />
        <Deck />
        <Prepared />
        <QuickPolls />
        <div className="room-asked">
          <Polls all />
        </div>
        <Held />
        <HandsQueue />
        <RoomOrder />
        <Groups />
        <Engagement />
        <Exports classId={room.classId} />
      </div>
      <aside className="room-side" aria-label={t('live.side')}>
        <RoomTabs
          value={tab}
          onChange={setTab}
          tabs={[
            { id: 'chat', label: t('live.tab.chat'), panel: <Chat /> },
            { id: 'questions', label: open > 0 ? t('live.tab.questions-n', { open }) : t('live.tab.questions'), panel: <Questions /> },
            { id: 'people', label: t('live.tab.people'), panel: <People /> },
          ]}
        />
      </aside>
    </div>
  );
}
