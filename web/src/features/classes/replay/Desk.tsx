import { useRef } from 'react';

import type { ClassView, Replay } from '@lib/api/live';
import { hotkeysOn, useHotkeys } from '@lib/hotkeys';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Kbd } from '@ui/Kbd';
import { ProblemBanner } from '@ui/ProblemBanner';

import { Beside } from './Beside';
import { Chapters } from './Chapters';
import { Controls } from './Controls';
import { Screen } from './Screen';
import { lastAt, placeIn, timelineOf } from './timeline';
import { useClock, useFilm } from './useClock';
import { useItems } from './useItems';

const STEP_S = 10;

/** A class to be seen again: the picture, what was said beside it, places to go to; by mouse or by keys. */
export function Desk({ held, session, replay }: { held: ClassView; session: number; replay: Replay | undefined }) {
  const t = useT();
  const keysOn = useSignal(hotkeysOn);
  const search = useRef<HTMLInputElement>(null);
  const films = (replay?.files ?? []).filter(({ kind }) => kind === 'film').toSorted((one, other) => one.offset_s - other.offset_s);
  const page = replay?.files.find(({ kind }) => kind === 'page')?.url;
  // A recording may hold what was said in more than one run of the class.
  const said = useItems(held.id, replay ? Array.from({ length: held.session }, (_, at) => at + 1) : [session]);
  const timeline = timelineOf(said.items, (item) => (replay ? placeIn(replay.parts, item.at) : item.after_s), replay?.recording.length_s ?? 0);
  const clock = useClock(timeline.lengthS);
  const film = useFilm(films);
  const now = films.length > 0 ? film : clock;
  const step = (by: number): void => now.seek(now.nowS + by);
  const chapter = (by: 1 | -1): void => {
    const next = by > 0 ? timeline.chapters.find(({ atS }) => atS > now.nowS + 0.5) : timeline.chapters.findLast(({ atS }) => atS < now.nowS - 1);
    if (next) now.seek(next.atS);
  };
  useHotkeys({
    k: now.toggle,
    j: () => step(-STEP_S),
    l: () => step(STEP_S),
    n: () => chapter(1),
    p: () => chapter(-1),
    s: () => search.current?.focus(),
  });
  return (
    <div className="replay">
      <div className="replay-main">
        <Screen film={films.length > 0 ? film : undefined} slide={lastAt(timeline.slides, now.nowS)} page={page} />
        <Controls clock={now} lengthS={timeline.lengthS} />
        {keysOn && (
          <p className="small muted row replay-keys">
            <span>
              <Kbd keys="K" /> {t('classes.replay.key.play')}
            </span>
            <span>
              <Kbd keys="J" /> <Kbd keys="L" /> {t('classes.replay.key.step')}
            </span>
            <span>
              <Kbd keys="N" /> <Kbd keys="P" /> {t('classes.replay.key.chapter')}
            </span>
            <span>
              <Kbd keys="S" /> {t('classes.replay.key.search')}
            </span>
          </p>
        )}
        <ProblemBanner problem={said.problem} />
        <Chapters chapters={timeline.chapters} nowS={now.nowS} onSeek={now.seek} />
      </div>
      <Beside remarks={timeline.remarks} nowS={now.nowS} isWhole={said.isWhole || said.problem !== undefined} search={search} onSeek={now.seek} />
    </div>
  );
}
