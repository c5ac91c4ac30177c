import { useState } from 'react';

import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { useAct, useRoom, useRoomState } from '../room/useRoom';

const STEPS = [0, 2, 5, 10, 20, 30, 60];

/** How fast people may write, and a word to all that nobody overlooks. */
export function RoomOrder() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { slowModeS, phase } = useRoomState();
  const [words, setWords] = useState('');
  const [title, setTitle] = useState('');
  const slow = async (seconds: number): Promise<void> => {
    if ((await act(room.ask('PUT', 'slow-mode', { seconds }))) !== undefined) room.patch((state) => ({ ...state, slowModeS: seconds }));
  };
  const announce = async (): Promise<void> => {
    if (words.trim() === '') return;
    if ((await act(room.ask('POST', 'announcements', { body: words.trim(), client_msg_id: crypto.randomUUID() }))) === undefined) return;
    setWords('');
    toast(t('live.order.told'));
  };
  const show = async (): Promise<void> => {
    await act(room.ask('PUT', 'slide', { slide: title.trim() ? { title: title.trim() } : null }));
  };
  const steps = [...new Set([...STEPS, slowModeS])].toSorted((one, other) => one - other);
  return (
    <section className="card section host-card" aria-labelledby="order">
      <h2 id="order">{t('live.order')}</h2>
      <form
        className="host-line"
        onSubmit={(event) => {
          event.preventDefault();
          void announce();
        }}
      >
        <TextField label={t('live.order.announce')} maxLength={500} dir="auto" value={words} onChange={(event) => setWords(event.target.value)} />
        <Button type="submit" disabled={phase !== 'live' && phase !== 'open'}>
          {t('live.order.tell')}
        </Button>
      </form>
      <form
        className="host-line"
        onSubmit={(event) => {
          event.preventDefault();
          void show();
        }}
      >
        <TextField label={t('live.order.stage')} hint={t('live.order.stage-hint')} maxLength={200} dir="auto" value={title} onChange={(event) => setTitle(event.target.value)} />
        <Button type="submit">{t('live.order.show')}</Button>
      </form>
      <Select label={t('live.order.slow')} hint={t('live.order.slow-hint')} value={String(slowModeS)} onChange={(event) => void slow(Number(event.target.value))} options={steps.map((seconds) => ({ value: String(seconds), label: seconds === 0 ? t('live.order.slow-off') : t('live.order.slow-each', { seconds }) }))} />
    </section>
  );
}
