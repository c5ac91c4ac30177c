import { useState } from 'react';

import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';

import { useAct, useRoom, useRoomState } from '../room/useRoom';
import { recordingOf } from '../room/wire';

type Move = 'start' | 'pause' | 'resume' | 'stop';

/** Begin to record, pause, go on, end: whoever is in the room is asked, and sees it. */
export function RecordingControls() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { recording, stageOf, phase } = useRoomState();
  const [busy, setBusy] = useState<Move>();
  const [asking, setAsking] = useState(false);
  // A broadcast is recorded where it is made.
  if (phase !== 'live' || stageOf === '' || stageOf === 'hls') return null;
  const move = async (verb: Move): Promise<void> => {
    setAsking(false);
    setBusy(verb);
    const turned = await act(room.ask<{ state?: unknown }>('POST', `recording/${verb}`));
    setBusy(undefined);
    if (turned) room.patch((state) => ({ ...state, recording: { ...state.recording, state: recordingOf(turned).state } }));
  };
  return (
    <section className="card section host-card" aria-labelledby="recording">
      <div className="row between">
        <h2 id="recording">{t('live.recording')}</h2>
        <p role="status">{t(`live.recording.${recording.state}`)}</p>
      </div>
      <div className="row">
        {recording.state === 'off' && (
          <Button icon="video" busy={busy === 'start'} onClick={() => setAsking(true)}>
            {t('live.recording.start')}
          </Button>
        )}
        {recording.state === 'recording' && (
          <Button icon="pause" busy={busy === 'pause'} onClick={() => void move('pause')}>
            {t('live.recording.pause')}
          </Button>
        )}
        {recording.state === 'paused' && (
          <Button icon="play" busy={busy === 'resume'} onClick={() => void move('resume')}>
            {t('live.recording.resume')}
          </Button>
        )}
        {recording.state !== 'off' && (
          <Button icon="stop" busy={busy === 'stop'} onClick={() => void move('stop')}>
            {t('live.recording.stop')}
          </Button>
        )}
      </div>
      <ConfirmDialog title={t('live.recording.start-title')} action={t('live.recording.start')} open={asking} onConfirm={() => void move('start')} onClose={() => setAsking(false)}>
        {t('live.recording.start-line')}
      </ConfirmDialog>
    </section>
  );
}
