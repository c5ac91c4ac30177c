import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { exchange } from '@lib/api/base';
import { asProblem } from '@lib/asProblem';
import type { Problem } from '@lib/problem';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { ProblemBanner } from '@ui/ProblemBanner';
import { toast } from '@ui/toast';

import { useRoom, useRoomState } from '../room/useRoom';
import type { Phase } from '../room/state';

type Move = 'open' | 'start' | 'end';

/** Open the lobby, start, end; and the code by which anybody comes in. */
export function Controls() {
  const t = useT();
  const room = useRoom();
  const { phase, people } = useRoomState();
  const [busy, setBusy] = useState<Move>();
  const [ending, setEnding] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const code = room.facts.code;
  const move = async (verb: Move): Promise<void> => {
    setBusy(verb);
    const answer = await exchange({ url: `/live/classes/${encodeURIComponent(room.classId)}/${verb}`, method: 'POST' });
    setBusy(undefined);
    setEnding(false);
    if ('error' in answer) return setProblem(answer.error);
    setProblem(undefined);
    const next = (answer.data as { state?: Phase } | null)?.state;
    if (next) room.patch((state) => ({ ...state, phase: next }));
  };
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(`${location.origin}/join/${code}`);
    toast(t('live.host.copied'));
  };
  return (
    <section className="card section host-card" aria-labelledby="controls">
      <div className="row between">
        <h2 id="controls" className="visually-hidden">
          {t('live.host.controls')}
        </h2>
        <p className="row">
          {phase === 'live' ? <Badge tone="live">{t('live.on')}</Badge> : <Badge>{t(`live.phase.${phase}`)}</Badge>}
          <span>{t('live.people.count', { people })}</span>
        </p>
        <div className="row">
          {phase === 'scheduled' && (
            <Button busy={busy === 'open'} onClick={() => void move('open')}>
              {t('live.host.open')}
            </Button>
          )}
          {(phase === 'scheduled' || phase === 'open' || phase === 'ended') && (
            <Button kind="play" icon="play" busy={busy === 'start'} onClick={() => void move('start')}>
              {t(phase === 'ended' ? 'live.host.restart' : 'live.host.start')}
            </Button>
          )}
          {phase === 'live' && (
            <Button kind="danger" icon="stop" onClick={() => setEnding(true)}>
              {t('live.host.end')}
            </Button>
          )}
          <Link className="btn btn-secondary" to="/live/$room" params={{ room: room.classId }}>
            {t('live.host.to-room')}
          </Link>
        </div>
      </div>
      <ProblemBanner problem={asProblem(problem)} />
      {code && (
        <div className="host-code">
          <span className="muted">{t('live.host.code')}</span>
          <strong className="code-big nums" dir="ltr">
            {code.slice(0, 3)} {code.slice(3)}
          </strong>
          <Button kind="quiet" icon="copy" onClick={() => void copy()}>
            {t('live.host.copy')}
          </Button>
        </div>
      )}
      <ConfirmDialog title={t('live.host.end-title')} action={t('live.host.end')} danger open={ending} busy={busy === 'end'} onConfirm={() => void move('end')} onClose={() => setEnding(false)}>
        {t('live.host.end-line')}
      </ConfirmDialog>
    </section>
  );
}
