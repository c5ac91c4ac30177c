import { useEffect, useState } from 'react';

import { announce } from '@lib/announce';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { useHeading } from '@lib/navigation';
import { useSignal } from '@lib/signal';
import { Badge } from '@ui/Badge';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';

import { Chat } from '../chat/Chat';
import { HandButton } from '../crowd/HandButton';
import { People } from '../crowd/People';
import { Questions } from '../crowd/Questions';
import { Reactions } from '../crowd/Reactions';
import { Polls } from '../poll/Polls';
import { RecordingAsk } from '../stage/RecordingAsk';
import { ShowBoard } from '../stage/ShowBoard';
import { Stage } from '../stage/Stage';
import { RoomTabs } from './RoomTabs';
import { mayHost, useRoom, useRoomState } from './useRoom';

/** The room: the stage, what is asked of everybody, and beside it (on phones under it) what people say. */
export function RoomView() {
  const t = useT();
  const { announcements, questions } = useRoomState();
  const [tab, setTab] = useState('chat');
  const [hidden, setHidden] = useState('');
  const latest = announcements.at(-1);
  useEffect(() => {
    if (latest) announce(t('live.announced', { name: latest.author, words: latest.body }));
  }, [latest, t]);
  const open = questions.filter(({ state }) => state === 'open').length;
  return (
    <div className="room">
      <div className="room-main">
        <Stage />
        <RoomHead />
        <div className="room-asked">
          {latest && latest.id !== hidden && (
            <div className="announcement">
              <Icon name="flag" />
              <p className="grow" dir="auto">
                <strong>{latest.author}</strong> {latest.body}
              </p>
              <IconButton icon="close" tip={false} label={t('live.announcement.hide')} onClick={() => setHidden(latest.id)} />
            </div>
          )}
          <RecordingAsk />
          <Polls />
        </div>
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

/** The class's name, whether it is on, how many are here, and what one can do without words. */
function RoomHead() {
  const t = useT();
  const format = useFormats();
  const room = useRoom();
  const heading = useHeading();
  const { phase, people, role } = useRoomState();
  const link = useSignal(room.link);
  useEffect(() => {
    document.title = `${room.facts.title} · Stoa`;
  }, [room.facts.title]);
  return (
    <div className="room-head">
      <div className="room-name">
        {phase === 'live' ? <Badge tone="live">{t('live.on')}</Badge> : <Badge>{t(`live.phase.${phase}`)}</Badge>}
        <h1 ref={heading} tabIndex={-1} dir="auto">
          {room.facts.title}
        </h1>
      </div>
      <div className="room-tools">
        <p className="room-count nums">
          <span className="visually-hidden" role="status">
            {link === 'back' ? t('live.link.back') : ''}
          </span>
          {people > 0 && (
            <>
              <Icon name="users" />
              <span className="visually-hidden">{t('live.people.count', { people })}</span>
              <span aria-hidden="true">{format.number(people)}</span>
            </>
          )}
        </p>
        <Reactions />
        <ShowBoard />
        {!mayHost(role) && <HandButton />}
      </div>
    </div>
  );
}
