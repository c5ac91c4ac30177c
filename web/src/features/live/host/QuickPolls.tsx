import { useState } from 'react';

import { hotkeysOn, switchHotkeys, useHotkeys } from '@lib/hotkeys';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { Dialog } from '@ui/Dialog';
import { Kbd } from '@ui/Kbd';
import { Switch } from '@ui/Switch';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';

import { useAct, useRoom, useRoomState } from '../room/useRoom';
import { withPoll } from '../room/state';
import { pollOf } from '../room/wire';

type Wish = { question: string; options: string[]; kind: 'single' | 'multiple'; isAnonymous: boolean };

/** A poll at one press, or one key: yes or no, a choice of four, how sure. And one of one's own words. */
export function QuickPolls() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const on = useSignal(hotkeysOn);
  const { phase, polls } = useRoomState();
  const [writing, setWriting] = useState(false);
  const isOn = phase === 'live';
  const running = polls.find(({ state }) => state === 'open');
  const start = async (wish: Wish): Promise<void> => {
    const opened = await act(room.ask('POST', 'polls', { question: wish.question, kind: wish.kind, is_anonymous: wish.isAnonymous, options: wish.options.map((text) => ({ text })), open: true }));
    if (!opened) return;
    room.patch((state) => ({ ...state, polls: withPoll(state.polls, pollOf(opened)) }));
    setWriting(false);
  };
  const quick = (question: string, options: string[]) => () => {
    if (isOn && !running) void start({ question: t(question), options: options.map((each) => (each.length > 2 ? t(each) : each)), kind: 'single', isAnonymous: false });
  };
  const yesNo = quick('live.quick.yes-no', ['live.quick.yes', 'live.quick.no']);
  const letters = quick('live.quick.letters', ['A', 'B', 'C', 'D']);
  const clear = quick('live.quick.clear', ['live.quick.all-clear', 'live.quick.half-clear', 'live.quick.not-clear']);
  useHotkeys({ 1: yesNo, 2: letters, 3: clear });
  return (
    <section className="card section host-card" aria-labelledby="quick-polls">
      <h2 id="quick-polls">{t('live.quick')}</h2>
      <div className="row">
        <Button disabled={!isOn || Boolean(running)} onClick={yesNo}>
          {t('live.quick.do-yes-no')} {on && <Kbd keys="1" />}
        </Button>
        <Button disabled={!isOn || Boolean(running)} onClick={letters}>
          {t('live.quick.do-letters')} {on && <Kbd keys="2" />}
        </Button>
        <Button disabled={!isOn || Boolean(running)} onClick={clear}>
          {t('live.quick.do-clear')} {on && <Kbd keys="3" />}
        </Button>
        <Button kind="quiet" icon="plus" disabled={!isOn} onClick={() => setWriting(true)}>
          {t('live.quick.own')}
        </Button>
      </div>
      <Switch label={t('live.quick.keys')} hint={t('live.quick.keys-hint')} checked={on} onChange={switchHotkeys} />
      {writing && <OwnPoll onClose={() => setWriting(false)} onStart={start} />}
    </section>
  );
}

function OwnPoll({ onClose, onStart }: { onClose: () => void; onStart: (wish: Wish) => Promise<void> }) {
  const t = useT();
  const [question, setQuestion] = useState('');
  const [lines, setLines] = useState('');
  const [many, setMany] = useState(false);
  const [isAnonymous, setAnonymous] = useState(false);
  const [busy, setBusy] = useState(false);
  const options = [...new Set(lines.split('\n').map((line) => line.trim()).filter(Boolean))];
  const start = async (): Promise<void> => {
    setBusy(true);
    await onStart({ question: question.trim(), options, kind: many ? 'multiple' : 'single', isAnonymous });
    setBusy(false);
  };
  return (
    <Dialog
      title={t('live.quick.own')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form="own-poll" busy={busy} disabled={question.trim() === '' || options.length < 2}>
            {t('live.quick.start')}
          </Button>
        </>
      }
    >
      <form
        id="own-poll"
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (question.trim() !== '' && options.length >= 2) void start();
        }}
      >
        <TextField label={t('live.quick.question')} required maxLength={300} dir="auto" value={question} onChange={(event) => setQuestion(event.target.value)} />
        <TextArea label={t('live.quick.options')} hint={t('live.quick.options-hint')} required rows={4} dir="auto" value={lines} onChange={(event) => setLines(event.target.value)} />
        <Checkbox label={t('live.quick.many')} checked={many} onChange={(event) => setMany(event.target.checked)} />
        <Checkbox label={t('live.quick.anonymous')} hint={t('live.quick.anonymous-hint')} checked={isAnonymous} onChange={(event) => setAnonymous(event.target.checked)} />
      </form>
    </Dialog>
  );
}
