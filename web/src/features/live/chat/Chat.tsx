import { useSyncExternalStore } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';

import { mayHost, useAct, useRoom } from '../room/useRoom';
import { Composer } from './Composer';
import { Log } from './Log';
import { useSummary } from './useSummary';

/** What people say. */
export function Chat() {
  const t = useT();
  const format = useFormats();
  const room = useRoom();
  const act = useAct();
  const { link } = useSignal(room.status);
  const { total, isCalm } = useSyncExternalStore(room.ring.follow, room.ring.view, room.ring.view);
  const summary = useSummary(room.ring, room.me.id);
  const remove = async (seq: number): Promise<void> => {
    if ((await act(room.ask('DELETE', `messages/${seq}`))) !== undefined) room.ring.bury(seq);
  };
  return (
    <div className="chat">
      <div className="chat-head">
        <p className="chat-count small muted nums">{isCalm ? t('live.chat.calm', { total: format.number(total) }) : total > 0 ? t('live.chat.total', { total: format.number(total) }) : ''}</p>
        <IconButton
          icon={summary.isOn ? 'sound' : 'muted'}
          label={t(summary.isOn ? 'live.chat.summary-off' : 'live.chat.summary-on')}
          aria-pressed={summary.isOn}
          onClick={() => summary.turn(!summary.isOn)}
        />
      </div>
      {link === 'back' && (
        <p className="chat-link">
          <Icon name="refresh" className="spin" />
          {t('live.link.back-line')}
        </p>
      )}
      <Log room={room} onDelete={mayHost(room.me.role) ? (seq) => void remove(seq) : undefined} />
      <Composer room={room} />
    </div>
  );
}
