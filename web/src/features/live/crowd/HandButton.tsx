import { useState } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

import { useAct, useRoom, useRoomState } from '../room/useRoom';

/** Raise one's hand, or take it down; one's place in the queue is said. */
export function HandButton() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { isMyHandUp, hands, phase } = useRoomState();
  const [busy, setBusy] = useState(false);
  const place = hands.findIndex(({ participant }) => participant.id === room.me.id) + 1;
  const isCalled = place > 0 && hands[place - 1]?.isCalled;
  const turn = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const done = await act(room.ask(isMyHandUp ? 'DELETE' : 'POST', 'hands'));
    setBusy(false);
    if (done !== undefined) room.patch((state) => ({ ...state, isMyHandUp: !isMyHandUp }));
  };
  return (
    <span className="hand">
      <button type="button" className={`btn ${isMyHandUp ? 'btn-play' : 'btn-secondary'}`} aria-pressed={isMyHandUp} aria-busy={busy || undefined} disabled={phase !== 'live' && phase !== 'open'} onClick={() => void turn()}>
        <Icon name="hand" />
        {t(isMyHandUp ? 'live.hand.lower' : 'live.hand.raise')}
      </button>
      <span className="small muted" role="status">
        {isCalled ? t('live.hand.called') : isMyHandUp && place > 0 ? t('live.hand.place', { place }) : ''}
      </span>
    </span>
  );
}
