import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { hotkeysOn, useHotkeys } from '@lib/hotkeys';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { Kbd } from '@ui/Kbd';

import { useAct, useRoom, useRoomState } from '../room/useRoom';
import { withPoll, type Poll } from '../room/state';
import { pollOf } from '../room/wire';
import { inOrder, nextStep, type Step } from './steps';

/** What was prepared for the class, and the one key that goes through it: ask, close, show, ask the next. */
export function Prepared() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const on = useSignal(hotkeysOn);
  const { phase, polls } = useRoomState();
  const [drafts, setDrafts] = useState<Poll[]>([]);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // Moderators are told of drafts when they ask: the plan may change while this console is open.
    const look = (): void =>
      void room.ask<{ items?: unknown[] }>('GET', 'polls').then((answer) => {
        if ('data' in answer) setDrafts((answer.data?.items ?? []).map(pollOf));
      });
    look();
    addEventListener('focus', look);
    return () => removeEventListener('focus', look);
  }, [room]);
  const prepared = inOrder(drafts, polls);
  const next = nextStep(prepared, polls);
  const isOn = phase === 'live';
  const go = async ({ verb, poll }: Step): Promise<void> => {
    setBusy(true);
    const told = await act(room.ask('POST', `polls/${poll.id}/${verb}`));
    setBusy(false);
    if (told) room.patch((state) => ({ ...state, polls: withPoll(state.polls, pollOf(told)) }));
  };
  const step = (): void => {
    if (isOn && next && !busy) void go(next);
  };
  useHotkeys({ n: step });
  return (
    <section className="card section host-card" aria-labelledby="prepared">
      <div className="row between">
        <h2 id="prepared">{t('live.prepared')}</h2>
        <Link className="btn btn-quiet" to="/live/$room/$view" params={{ room: room.classId, view: 'plan' }}>
          {t('live.prepared.plan')}
        </Link>
      </div>
      {next ? (
        <div className="prepared-next">
          <p className="grow" dir="auto">
            {next.poll.question}
          </p>
          <Button kind="primary" disabled={!isOn} busy={busy} onClick={step}>
            {t(`live.prepared.${next.verb}`)} {on && <Kbd keys="N" />}
          </Button>
        </div>
      ) : (
        <p className="muted">{t(prepared.length > 0 ? 'live.prepared.all' : 'live.prepared.none')}</p>
      )}
      {prepared.length > 0 && (
        <details className="poll-over">
          <summary>
            <strong>{t('live.prepared.list', { left: prepared.filter(({ state }) => state === 'draft').length, count: prepared.length })}</strong>
          </summary>
          <ol className="prepared-list">
            {prepared.map((poll) => (
              <li key={poll.id}>
                <span className="grow" dir="auto">
                  {poll.question}
                </span>
                {poll.seconds && <Badge>{t('live.prepared.seconds', { seconds: poll.seconds })}</Badge>}
                {poll.state === 'draft' ? (
                  <Button aria-label={t('live.prepared.open-named', { question: poll.question })} disabled={!isOn || polls.some(({ state }) => state === 'open')} onClick={() => void go({ verb: 'open', poll })}>
                    {t('live.prepared.open')}
                  </Button>
                ) : (
                  <Badge tone={poll.state === 'open' ? 'info' : 'neutral'}>{t(`live.prepared.is-${poll.state}`)}</Badge>
                )}
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}
