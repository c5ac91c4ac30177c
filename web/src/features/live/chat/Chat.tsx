import { useState, useSyncExternalStore } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';
import { Segments } from '@ui/Segments';

import type { Talk } from '../room/talk';
import { mayHost, useAct, useRoom, useRoomState } from '../room/useRoom';
import { Composer } from './Composer';
import { Countdown } from './Countdown';
import { Log } from './Log';
import { useSummary } from './useSummary';

/** What people say: in the class, and while there are groups in one's own. */
export function Chat() {
  const t = useT();
  const room = useRoom();
  const link = useSignal(room.link);
  const group = useSignal(room.group);
  const [wanted, setWanted] = useState<'group' | 'class'>('group');
  const isGroup = group !== undefined && wanted === 'group';
  return (
    <div className="chat">
      {link === 'back' && (
        <p className="chat-link">
          <Icon name="refresh" className="spin" />
          {t('live.link.back-line')}
        </p>
      )}
      {group && (
        <div className="chat-group">
          <Segments
            legend={t('live.group')}
            hideLegend
            value={wanted}
            onChange={setWanted}
            segments={[
              { value: 'group', label: t('live.group.mine', { group: group.name }) },
              { value: 'class', label: t('live.group.class') },
            ]}
          />
          <Countdown until={group.endsAt} />
        </div>
      )}
      <Conversation key={isGroup ? group.id : 'class'} talk={isGroup ? group.talk : room.talk} isWhole={!isGroup} />
    </div>
  );
}

function Conversation({ talk, isWhole }: { talk: Talk; isWhole: boolean }) {
  const t = useT();
  const format = useFormats();
  const room = useRoom();
  const act = useAct();
  const { role } = useRoomState();
  const { total, isCalm } = useSyncExternalStore(talk.ring.follow, talk.ring.view, talk.ring.view);
  const summary = useSummary(talk.ring, room.me.id);
  const remove = async (seq: number): Promise<void> => {
    if ((await act(room.ask('DELETE', `messages/${seq}`))) !== undefined) talk.ring.bury(seq);
  };
  return (
    <>
      <div className="chat-head">
        <p className="chat-count small muted nums">{isCalm ? t('live.chat.calm', { total: format.number(total) }) : total > 0 ? t('live.chat.total', { total: format.number(total) }) : ''}</p>
        <IconButton
          icon={summary.isOn ? 'sound' : 'muted'}
          label={t(summary.isOn ? 'live.chat.summary-off' : 'live.chat.summary-on')}
          onClick={() => summary.turn(!summary.isOn)}
        />
      </div>
      <Log talk={talk} me={room.me.id} onDelete={isWhole && mayHost(role) ? (seq) => void remove(seq) : undefined} />
      <Composer talk={talk} />
    </>
  );
}
