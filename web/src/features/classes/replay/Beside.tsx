import { useState, type Ref } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { TextField } from '@ui/TextField';

import { found, type Remark } from './timeline';

const SHOWN = 80;
const HITS = 100;
const LEADING = new Set(['host', 'cohost', 'speaker']);

type Props = { remarks: Remark[]; nowS: number; isWhole: boolean; search: Ref<HTMLInputElement>; onSeek: (toS: number) => void };

/** What was said up to this moment, and a search in all of it; each remark leads to its moment. */
export function Beside({ remarks, nowS, isWhole, search, onSeek }: Props) {
  const t = useT();
  const [words, setWords] = useState('');
  const isSearch = words.trim() !== '';
  const hits = found(remarks, words);
  const end = remarks.findLastIndex(({ atS }) => atS <= nowS + 0.001) + 1;
  const shown = isSearch ? hits.slice(0, HITS) : remarks.slice(Math.max(0, end - SHOWN), end);
  return (
    <section className="replay-beside card" aria-labelledby="replay-said">
      <h2 id="replay-said">{t('classes.replay.said')}</h2>
      <TextField ref={search} label={t('classes.replay.search')} type="search" dir="auto" value={words} onChange={(event) => setWords(event.target.value)} />
      <p className="small muted" role="status">
        {isSearch ? t('classes.replay.hits', { hits: hits.length }) : t('classes.replay.so-far', { now: end, all: remarks.length })}
        {!isWhole && ` ${t('classes.replay.loading')}`}
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a part that scrolls must be reachable by keyboard */}
      <div className={`replay-log ${isSearch ? '' : 'replay-log-now'}`} tabIndex={0} role="group" aria-labelledby="replay-said">
        <ol>
          {shown.map((remark) => (
            <RemarkRow key={remark.id} remark={remark} onSeek={onSeek} />
          ))}
        </ol>
      </div>
    </section>
  );
}

function RemarkRow({ remark, onSeek }: { remark: Remark; onSeek: (toS: number) => void }) {
  const t = useT();
  const format = useFormats();
  const at = format.clock(remark.atS);
  return (
    <li className={LEADING.has(remark.role) ? 'replay-leading' : ''}>
      <button type="button" className="replay-time nums" dir="ltr" aria-label={t('classes.replay.go', { at })} onClick={() => onSeek(remark.atS)}>
        {at}
      </button>
      <div className="grow">
        <strong dir="auto">{remark.name}</strong> {LEADING.has(remark.role) && <Badge tone="info">{t('classes.replay.teacher')}</Badge>} {remark.isAnswer && <Badge>{t('classes.replay.answer')}</Badge>}
        <p dir="auto" className={remark.isGone ? 'muted' : ''}>
          {remark.isGone ? t('classes.replay.gone') : remark.body}
        </p>
      </div>
    </li>
  );
}
