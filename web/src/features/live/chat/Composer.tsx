import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { useProblemText } from '@ui/problemText';
import { Icon } from '@ui/Icon';

import type { Talk } from '../room/talk';
import { useRoomState } from '../room/useRoom';

const MOST = 1000;

/** Where one writes: pinned, sent by Enter, a new line by Shift and Enter; slow mode counts down in words. */
export function Composer({ talk }: { talk: Talk }) {
  const t = useT();
  const id = useId();
  const { phase, isMuted, slowModeS, role } = useRoomState();
  const refusal = useSignal(talk.refusal);
  const { title, line } = useProblemText(refusal?.problem);
  const [words, setWords] = useState('');
  const [wait, setWait] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const isOpen = phase === 'live' || phase === 'open';
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  const isBound = slowModeS > 0 && !['host', 'cohost', 'speaker'].includes(role);
  const send = (): void => {
    const body = words.trim();
    if (body === '' || !isOpen || isMuted || wait > 0) return;
    talk.say(body);
    setWords('');
    if (isBound) setWait(slowModeS);
    field.current?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const takeBack = (): void => {
    if (!refusal) return;
    setWords(refusal.letter.body);
    talk.refusal.set(undefined);
    field.current?.focus();
  };
  const note = isMuted ? t('live.chat.muted') : !isOpen ? t(phase === 'ended' ? 'live.chat.over' : 'live.chat.not-yet') : wait > 0 ? t('live.chat.wait', { seconds: wait }) : isBound ? t('live.chat.slow', { seconds: slowModeS }) : '';
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {refusal && (
        <div className="composer-refusal" role="alert">
          <span className="grow">
            <strong>{t('live.chat.refused')}</strong> {title} {line}
          </span>
          <button type="button" className="btn btn-quiet" onClick={takeBack}>
            {t('live.chat.take-back')}
          </button>
        </div>
      )}
      <div className="composer-line">
        <label className="visually-hidden" htmlFor={id}>
          {t('live.chat.write')}
        </label>
        <textarea
          ref={field}
          id={id}
          className="input"
          rows={1}
          maxLength={MOST}
          dir="auto"
          placeholder={t('live.chat.placeholder')}
          disabled={!isOpen || isMuted}
          aria-describedby={note ? `${id}-note` : undefined}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={press}
        />
        <button type="submit" className="btn btn-primary composer-send" aria-label={t('live.chat.send')} aria-disabled={words.trim() === '' || wait > 0 || undefined}>
          <Icon name="send" />
        </button>
      </div>
      {note && (
        <p className="composer-note" id={`${id}-note`}>
          {note}
        </p>
      )}
    </form>
  );
}
