import { useEffect, useReducer, useState, type KeyboardEvent, type RefObject } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { IconButton } from '@ui/IconButton';

const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2];
const SKIP_S = 10;
const EVENTS = ['timeupdate', 'durationchange', 'play', 'pause', 'ended', 'volumechange', 'ratechange', 'seeked', 'waiting', 'playing', 'loadedmetadata'];

type Props = { film: RefObject<HTMLVideoElement | null>; frame: RefObject<HTMLDivElement | null>; language: string; title: string };

/** The bar under a film: everything by keyboard, in our words; it needs no style of another's, so the page's policy can stay strict. */
export function Controls({ film, frame, language, title }: Props) {
  const t = useT();
  const format = useFormats();
  const state = useFilm(film);
  const [captionsOn, setCaptionsOn] = useState(false);
  useEffect(() => {
    const tracks = [...(film.current?.textTracks ?? [])];
    const wanted = tracks.find((track) => track.language === language) ?? tracks[0];
    for (const track of tracks) track.mode = captionsOn && track === wanted ? 'showing' : 'disabled';
  }, [film, captionsOn, language]);

  const act = (change: (element: HTMLVideoElement) => void) => (): void => {
    if (film.current) change(film.current);
  };
  const toggle = act((element) => (element.paused ? void element.play().catch(() => undefined) : element.pause()));
  const skip = (by: number) =>
    act((element) => {
      element.currentTime = Math.min(Math.max(0, element.currentTime + by), element.duration || 0);
    });
  const fullscreen = (): void => void (document.fullscreenElement ? document.exitFullscreen() : frame.current?.requestFullscreen());
  const { time, duration, paused, muted, rate } = state;
  return (
    <div className="controls" role="group" aria-label={t('learn.media.label', { title })}>
      <IconButton icon={paused ? 'play' : 'pause'} label={t(paused ? 'learn.media.play' : 'learn.media.pause')} tip={false} onClick={toggle} />
      <IconButton icon="history" label={t('learn.media.back')} tip={false} onClick={skip(-SKIP_S)} />
      <input
        type="range"
        className="controls-seek"
        dir="ltr"
        min={0}
        max={Math.max(duration, 0.1)}
        step={0.1}
        value={Math.min(time, duration || 0)}
        aria-label={t('learn.media.seek')}
        aria-valuetext={t('learn.media.at', { at: format.clock(time), all: format.clock(duration) })}
        style={{ '--share': duration > 0 ? time / duration : 0 } as React.CSSProperties}
        onChange={(event) => goTo(film.current, Number(event.target.value))}
        onKeyDown={(event) => arrows(event, skip)}
      />
      <span className="controls-time nums" dir="ltr" aria-hidden="true">
        {format.clock(time)} / {format.clock(duration)}
      </span>
      <IconButton className="on-wide" icon={muted ? 'muted' : 'sound'} label={t(muted ? 'learn.media.unmute' : 'learn.media.mute')} tip={false} onClick={act((element) => void (element.muted = !element.muted))} />
      <label className="controls-speed">
        <span className="visually-hidden">{t('learn.media.speed')}</span>
        <select value={rate} onChange={(event) => playAt(film.current, Number(event.target.value))}>
          {(RATES.includes(rate) ? RATES : [...RATES, rate]).map((each) => (
            <option key={each} value={each}>
              {format.number(each)}×
            </option>
          ))}
        </select>
      </label>
      {state.hasCaptions && <IconButton icon="captions" label={t('learn.media.captions')} aria-pressed={captionsOn} tip={false} onClick={() => setCaptionsOn(!captionsOn)} />}
      {document.fullscreenEnabled && <IconButton icon="expand" label={t('learn.media.fullscreen')} tip={false} onClick={fullscreen} />}
    </div>
  );
}

function goTo(film: HTMLVideoElement | null, time: number): void {
  if (film) film.currentTime = time;
}

function playAt(film: HTMLVideoElement | null, rate: number): void {
  if (film) film.playbackRate = rate;
}

/** Five seconds per arrow is what people expect of a film; the slider's own step of a tenth would crawl. */
function arrows(event: KeyboardEvent, skip: (by: number) => () => void): void {
  const by = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 60, PageDown: -60 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  skip(by)();
}

type Film = { time: number; duration: number; paused: boolean; muted: boolean; rate: number; hasCaptions: boolean };

function useFilm(film: RefObject<HTMLVideoElement | null>): Film {
  const [state, look] = useReducer(
    (): Film => {
      const element = film.current;
      const duration = element?.duration ?? 0;
      return {
        time: element?.currentTime ?? 0,
        duration: Number.isFinite(duration) ? duration : 0,
        paused: element?.paused ?? true,
        muted: element?.muted ?? false,
        rate: element?.playbackRate ?? 1,
        hasCaptions: (element?.textTracks.length ?? 0) > 0,
      };
    },
    { time: 0, duration: 0, paused: true, muted: false, rate: 1, hasCaptions: false },
  );
  useEffect(() => {
    const element = film.current;
    if (!element) return undefined;
    for (const name of EVENTS) element.addEventListener(name, look);
    look();
    return () => {
      for (const name of EVENTS) element.removeEventListener(name, look);
    };
  }, [film]);
  return state;
}
