import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { exchange } from '@lib/api/base';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';
import { Page } from '@ui/Page';
import { ProblemBanner } from '@ui/ProblemBanner';
import { ProgressBar } from '@ui/Progress';

import './people.css';
import { fileOf, PARTS, type PartId } from './dataParts';

type State = { kind: 'waiting' | 'coming' } | { kind: 'here'; data: unknown; size: number } | { kind: 'failed'; problem: Problem };
type States = Partial<Record<PartId, State>>;

const sizeOf = (data: unknown): number => new Blob([JSON.stringify(data)]).size;

function save(states: States): void {
  const now = new Date();
  const parts = Object.fromEntries(PARTS.flatMap(({ id }) => (states[id]?.kind === 'here' ? [[id, states[id].data]] : [])));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(fileOf(parts, now));
  link.download = `stoa-my-data-${now.toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** All that is kept of oneself, collected from each service that keeps some of it, in one file. */
export default function DataPage() {
  const t = useT();
  const format = useFormats();
  const [states, setStates] = useState<States>({});
  const [busy, setBusy] = useState(false);
  const here = PARTS.filter(({ id }) => states[id]?.kind === 'here').length;
  const failed = PARTS.flatMap(({ id }) => (states[id]?.kind === 'failed' ? [states[id].problem] : []));
  const isOver = !busy && here + failed.length === PARTS.length;
  const collect = async (): Promise<void> => {
    setBusy(true);
    // What came before is kept: only what is missing is asked for again.
    let now: States = Object.fromEntries(PARTS.map(({ id }) => [id, states[id]?.kind === 'here' ? states[id] : { kind: 'waiting' }]));
    const tell = (id: PartId, state: State): void => {
      now = { ...now, [id]: state };
      setStates(now);
    };
    for (const { id, url } of PARTS) {
      if (now[id]?.kind === 'here') continue;
      tell(id, { kind: 'coming' });
      const answer = await exchange({ url });
      tell(id, 'error' in answer ? { kind: 'failed', problem: answer.error } : { kind: 'here', data: answer.data, size: sizeOf(answer.data) });
    }
    setBusy(false);
    if (PARTS.every(({ id }) => now[id]?.kind === 'here')) save(now);
  };
  return (
    <Page title={t('people.data.title')} lead={t('people.data.lead')} width="text">
      <section className="stack" aria-label={t('people.data.title')}>
        <ul className="list card">
          {PARTS.map(({ id }) => (
            <li key={id}>
              <Part state={states[id]} />
              <div className="grow">
                <strong>{t(`people.data.${id}`)}</strong>
                <p className="small muted">{t(`people.data.${id}-line`)}</p>
              </div>
              {states[id]?.kind === 'here' && <span className="small muted nums">{format.bytes(states[id].size)}</span>}
            </li>
          ))}
        </ul>
        {(busy || here > 0) && <ProgressBar label={t('people.data.progress')} share={here / PARTS.length} />}
        <p role="status">{busy ? t('people.data.collecting', { here, all: PARTS.length }) : isOver && failed.length === 0 ? t('people.data.done') : ''}</p>
        <ProblemBanner problem={busy ? undefined : failed[0]} />
        <div className="row">
          {failed.length === 0 && isOver ? (
            <Button kind="primary" icon="download" onClick={() => save(states)}>
              {t('people.data.again')}
            </Button>
          ) : (
            <Button kind="primary" icon="download" busy={busy} onClick={() => void collect()}>
              {t(failed.length > 0 && !busy ? 'people.data.missing' : 'people.closing.download')}
            </Button>
          )}
          {!busy && failed.length > 0 && here > 0 && <Button onClick={() => save(states)}>{t('people.data.partly')}</Button>}
          <Link className="btn btn-quiet" to="/me/settings">
            {t('people.data.back')}
          </Link>
        </div>
      </section>
    </Page>
  );
}

function Part({ state }: { state: State | undefined }) {
  const t = useT();
  if (state?.kind === 'coming') return <Icon name="spinner" />;
  if (state?.kind === 'here') {
    return (
      <span className="data-here">
        <Icon name="check-circle" />
        <span className="visually-hidden">{t('people.data.here')}</span>
      </span>
    );
  }
  if (state?.kind === 'failed') {
    return (
      <span className="data-failed">
        <Icon name="error" />
        <span className="visually-hidden">{t('people.data.failed')}</span>
      </span>
    );
  }
  return <Icon name="circle" />;
}
