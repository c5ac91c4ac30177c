import { useEffect, useState } from 'react';

import { announce } from '@lib/announce';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { Icon } from '@ui/Icon';

import { useAct, useRoom, useRoomState } from '../room/useRoom';
import { onStage } from '../room/wire';

/**
 * When a recording begins everybody is asked, and nobody is shut out: who does not agree hears, sees and writes, and
 * sends no sound or picture of their own. The answer can be changed at any time.
 */
export function RecordingAsk() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { recording, role, phase } = useRoomState();
  const [isOfAge, setOfAge] = useState(false);
  const [again, setAgain] = useState(false);
  const [busy, setBusy] = useState(false);
  const isOn = recording.state !== 'off' && (phase === 'live' || phase === 'open');
  const asks = isOn && recording.mayBe && (recording.consent === 'needed' || (again && recording.consent !== 'not_needed'));
  useEffect(() => {
    if (isOn) announce(t(`live.recording.told.${recording.state}`));
  }, [isOn, recording.state, t]);
  if (!isOn) return null;
  const answer = async (agrees: boolean): Promise<void> => {
    setBusy(true);
    const stage = await act(room.ask('POST', 'stage/consent', { agrees, is_of_age: isOfAge }));
    setBusy(false);
    if (stage === undefined) return;
    setAgain(false);
    room.patch((state) => onStage(state, stage));
  };
  if (!asks) {
    const line = recording.mayBe ? recording.consent : 'guest';
    if (line === 'not_needed' || line === 'needed') return null;
    return (
      <p className="row small muted recording-line">
        <span className="grow">{t(`live.recording.as.${line}`)}</span>
        {recording.mayBe && (
          <Button kind="quiet" onClick={() => setAgain(true)}>
            {t('live.recording.change')}
          </Button>
        )}
      </p>
    );
  }
  return (
    <section className="announcement recording-ask" aria-labelledby="recording-ask">
      <Icon name="video" />
      <div className="grow">
        <h2 id="recording-ask">{t('live.recording.ask')}</h2>
        <p className="small">{t('live.recording.ask-line')}</p>
        {role === 'guest' && <Checkbox label={t('live.join.of-age', { age: 0 })} checked={isOfAge} onChange={(event) => setOfAge(event.target.checked)} />}
        <div className="row">
          <Button kind="primary" busy={busy} disabled={role === 'guest' && !isOfAge} onClick={() => void answer(true)}>
            {t('live.recording.agree')}
          </Button>
          <Button busy={busy} onClick={() => void answer(false)}>
            {t('live.recording.decline')}
          </Button>
        </div>
      </div>
    </section>
  );
}
