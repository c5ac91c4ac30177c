import { useEffect, useId, useRef, useState, type SyntheticEvent } from 'react';

import type { ReplayFile } from '@lib/api/live';

const STEP_MS = 250;

export type Clock = { nowS: number; isOn: boolean; rate: number; seek: (toS: number) => void; toggle: () => void; setRate: (rate: number) => void };

/** Time of a replay that has no film: it goes by itself, as long as somebody lets it. */
export function useClock(lengthS: number): Clock {
  const [nowS, setNow] = useState(0);
  const [isOn, setOn] = useState(false);
  const [rate, setRate] = useState(1);
  useEffect(() => {
    if (!isOn) return undefined;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      setNow((before) => Math.min(lengthS, before + ((now - last) / 1000) * rate));
      last = now;
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isOn, rate, lengthS]);
  const hasEnded = isOn && nowS >= lengthS;
  return {
    nowS,
    isOn: isOn && !hasEnded,
    rate,
    seek: (toS) => setNow(Math.max(0, Math.min(lengthS, toS))),
    toggle: () => {
      if (hasEnded || (!isOn && nowS >= lengthS)) setNow(0);
      setOn(hasEnded || !isOn);
    },
    setRate,
  };
}

type Happens = (event: SyntheticEvent<HTMLVideoElement>) => void;

export type Film = Clock & { props: { id: string; src: string | undefined; onTimeUpdate: Happens; onPlay: () => void; onPause: () => void; onEnded: () => void; onLoadedMetadata: Happens } };

/** Time of a replay by its film; several files, one after the other, are one film. */
export function useFilm(films: ReplayFile[]): Film {
  const id = useId();
  const video = (): HTMLVideoElement | null => document.getElementById(id) as HTMLVideoElement | null;
  const wanted = useRef<{ atS: number; play: boolean } | undefined>(undefined);
  const [place, setPlace] = useState(0);
  const [nowS, setNow] = useState(0);
  const [isOn, setOn] = useState(false);
  const [rate, setRate] = useState(1);
  const file = films[place];
  const base = file?.offset_s ?? 0;
  const go = (to: number, atS: number, play: boolean): void => {
    const element = video();
    if (to !== place || !element) {
      wanted.current = { atS, play };
      setPlace(to);
      return;
    }
    element.currentTime = atS;
    if (play) void element.play().catch(() => undefined);
  };
  const seek = (toS: number): void => {
    const to = Math.max(0, films.findLastIndex(({ offset_s: offset }) => offset <= toS));
    setNow(Math.max(0, toS));
    go(to, Math.max(0, toS - (films[to]?.offset_s ?? 0)), isOn);
  };
  return {
    nowS,
    isOn,
    rate,
    seek,
    toggle: () => void (isOn ? video()?.pause() : video()?.play().catch(() => undefined)),
    setRate: (next) => {
      setRate(next);
      const element = video();
      if (element) element.playbackRate = next;
    },
    props: {
      id,
      src: file?.url,
      onTimeUpdate: (event) => setNow(base + event.currentTarget.currentTime),
      onPlay: () => setOn(true),
      onPause: () => setOn(false),
      onEnded: () => place + 1 < films.length && go(place + 1, 0, true),
      onLoadedMetadata: ({ currentTarget: element }) => {
        element.playbackRate = rate;
        const next = wanted.current;
        wanted.current = undefined;
        if (!next) return;
        element.currentTime = next.atS;
        if (next.play) void element.play().catch(() => undefined);
      },
    },
  };
}
