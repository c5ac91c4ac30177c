import { useState } from 'react';

import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { TextField } from '@ui/TextField';

import { useAct, useRoom, useRoomState } from '../room/useRoom';

/** Into groups by chance for some minutes, by the server's clock, and all back at one press. */
export function Groups() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { phase, inGroups } = useRoomState();
  const [groups, setGroups] = useState('4');
  const [minutes, setMinutes] = useState('10');
  const open = async (): Promise<void> => {
    await act(room.ask('POST', 'breakouts', { groups: Number(groups), ...(Number(minutes) > 0 ? { minutes: Number(minutes) } : {}) }));
  };
  const close = async (): Promise<void> => {
    await act(room.ask('POST', 'breakouts/close'));
  };
  return (
    <section className="card section host-card" aria-labelledby="groups">
      <h2 id="groups">{t('live.groups')}</h2>
      {inGroups ? (
        <div className="row between">
          <p role="status">{t('live.groups.on')}</p>
          <Button kind="primary" onClick={() => void close()}>
            {t('live.groups.close')}
          </Button>
        </div>
      ) : (
        <form
          className="host-line"
          onSubmit={(event) => {
            event.preventDefault();
            void open();
          }}
        >
          <TextField label={t('live.groups.count')} type="number" min={1} max={100} required value={groups} onChange={(event) => setGroups(event.target.value)} />
          <TextField label={t('live.groups.minutes')} type="number" min={1} max={240} value={minutes} onChange={(event) => setMinutes(event.target.value)} />
          <Button type="submit" disabled={phase !== 'live'}>
            {t('live.groups.open')}
          </Button>
        </form>
      )}
    </section>
  );
}
