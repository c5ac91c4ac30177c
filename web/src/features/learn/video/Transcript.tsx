import { useEffect, useId, useMemo, useRef, useState } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Disclosure } from '@ui/Disclosure';
import { SkeletonLines } from '@ui/Skeleton';

import { cueAt, linesWith } from './transcript';
import type { Captions } from './useCaptions';

type Props = { captions: Captions; time: number | null; onSeek: ((to: number) => void) | undefined };

/** What is said, to read and to search; a line moves the film to its place, and the line being spoken is marked. */
export function Transcript({ captions, time, onSeek }: Props) {
  const t = useT();
  const format = useFormats();
  const id = useId();
  const list = useRef<HTMLOListElement>(null);
  const [words, setWords] = useState('');
  const { tracks, language, choose, cues } = captions;
  const shown = useMemo(() => (cues ? linesWith(cues, words) : []), [cues, words]);
  const here = cues && time !== null ? cueAt(cues, time) : -1;
  useEffect(() => {
    const [box, line] = [list.current, list.current?.querySelector<HTMLElement>('[aria-current]')];
    // Follow the film inside the box only, and not while somebody reads or searches there.
    if (here < 0 || !box || !line || box.matches(':hover') || box.contains(document.activeElement)) return;
    box.scrollTop = line.offsetTop - box.offsetTop - box.clientHeight / 3;
  }, [here]);
  if (tracks.length === 0) return null;
  return (
    <Disclosure summary={t('learn.transcript.title')}>
      <div className="transcript-tools">
        <label className="visually-hidden" htmlFor={`${id}-search`}>
          {t('learn.transcript.search')}
        </label>
        <input id={`${id}-search`} type="search" className="input" placeholder={t('learn.transcript.search')} value={words} onChange={(event) => setWords(event.target.value)} />
        {tracks.length > 1 && (
          <>
            <label className="visually-hidden" htmlFor={`${id}-language`}>
              {t('learn.transcript.language')}
            </label>
            <select id={`${id}-language`} className="input" value={language} onChange={(event) => choose(event.target.value)}>
              {tracks.map((track) => (
                <option key={track.language} value={track.language}>
                  {track.label || track.language}
                </option>
              ))}
            </select>
          </>
        )}
      </div>
      <p className="visually-hidden" role="status">
        {words && t('learn.transcript.found', { count: shown.length })}
      </p>
      {cues === undefined && <SkeletonLines lines={3} />}
      {cues === null && <p className="muted">{t('learn.transcript.failed')}</p>}
      {cues && shown.length === 0 && <p className="muted">{t('learn.transcript.found', { count: 0 })}</p>}
      {cues && shown.length > 0 && (
        <ol ref={list} className="transcript" lang={language} dir="auto" tabIndex={-1}>
          {shown.map((index) => {
            const cue = cues[index];
            if (!cue) return null;
            const line = (
              <>
                <span className="nums transcript-time">{format.clock(cue.start)}</span>
                <span>{cue.text}</span>
              </>
            );
            return (
              <li key={index} aria-current={index === here ? 'true' : undefined}>
                {onSeek ? (
                  <button type="button" onClick={() => onSeek(cue.start)}>
                    {line}
                  </button>
                ) : (
                  <span className="transcript-line">{line}</span>
                )}
              </li>
            );
          })}
        </ol>
      )}
    </Disclosure>
  );
}
