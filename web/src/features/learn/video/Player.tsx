import 'media-chrome/dist/media-controller.js';
import 'media-chrome/dist/media-control-bar.js';
import 'media-chrome/dist/media-play-button.js';
import 'media-chrome/dist/media-seek-backward-button.js';
import 'media-chrome/dist/media-seek-forward-button.js';
import 'media-chrome/dist/media-time-range.js';
import 'media-chrome/dist/media-time-display.js';
import 'media-chrome/dist/media-mute-button.js';
import 'media-chrome/dist/media-volume-range.js';
import 'media-chrome/dist/media-playback-rate-button.js';
import 'media-chrome/dist/media-captions-button.js';
import 'media-chrome/dist/media-fullscreen-button.js';
import 'media-chrome/dist/media-loading-indicator.js';
import { createElement, useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';

import type { VideoContent } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { recall, remember } from '@lib/storage';

import { isHls, typeOf } from './sources';
import { speakPlayer } from './words';

type Props = {
  content: VideoContent;
  title: string;
  startAt: number;
  onTime: (at: number) => void;
  onCut: () => void;
  onPause: () => void;
  onFail: () => void;
  ref: Ref<HTMLVideoElement>;
};

const RATES = '0.75 1 1.25 1.5 1.75 2';

/** The player itself; this chunk arrives on the first press of play, and hls.js only where the browser cannot do without. */
export default function Player({ content, title, startAt, onTime, onCut, onPause, onFail, ref }: Props) {
  const t = useT();
  const [spoken] = useState(() => speakPlayer(t));
  const film = useRef<HTMLVideoElement>(null);
  useImperativeHandle(ref, () => film.current as HTMLVideoElement, []);
  useStream(film, content, onFail);

  useEffect(() => {
    const element = film.current;
    if (!element) return;
    element.playbackRate = Number(recall('speed')) || 1;
    const begin = (): void => {
      if (startAt > 0) element.currentTime = startAt;
      void element.play().catch(() => undefined);
    };
    if (element.readyState >= 1) begin();
    else element.addEventListener('loadedmetadata', begin, { once: true });
    // Only once: later seeks go straight to the element.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);

  const native = content.sources.filter((source) => source.url !== '' && !isHls(source));
  return (
    <Controller lang={spoken} label={title}>
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- the tracks are those of the author; the transcript shows them too */}
      <video
        ref={film}
        slot="media"
        playsInline
        preload="auto"
        poster={content.poster || undefined}
        onTimeUpdate={(event) => {
          const at = event.currentTarget.currentTime;
          if (!event.currentTarget.paused && !event.currentTarget.seeking) onTime(at);
          if (content.end_s !== null && at >= content.end_s && !event.currentTarget.paused) event.currentTarget.pause();
        }}
        onSeeking={onCut}
        onSeeked={(event) => onTime(event.currentTarget.currentTime)}
        onPause={onPause}
        onEnded={onPause}
        onRateChange={(event) => remember('speed', String(event.currentTarget.playbackRate))}
        onError={(event) => event.target === event.currentTarget && onFail()}
      >
        {native.map((source, index) => (
          <source key={source.url} src={source.url} type={typeOf(source) || undefined} onError={index === native.length - 1 && !content.sources.some(isHls) ? onFail : undefined} />
        ))}
        {content.captions.map((caption) => (
          <track key={caption.language} kind="captions" src={caption.url} srcLang={caption.language} label={caption.label || caption.language} />
        ))}
      </video>
    </Controller>
  );
}

function Controller({ lang, label, children }: { lang: string; label: string; children: React.ReactNode }) {
  const part = (name: string, props: Record<string, unknown> = {}): React.ReactNode => createElement(name, props);
  return createElement(
    'media-controller',
    { dir: 'ltr', lang, 'aria-label': label, className: 'video-player' },
    children,
    part('media-loading-indicator', { slot: 'centered-chrome', noautohide: true }),
    createElement(
      'media-control-bar',
      null,
      part('media-play-button'),
      part('media-seek-backward-button', { seekoffset: 10 }),
      part('media-seek-forward-button', { seekoffset: 10, class: 'wide-only' }),
      part('media-time-range'),
      part('media-time-display', { showduration: true }),
      part('media-mute-button'),
      part('media-volume-range', { class: 'wide-only' }),
      part('media-playback-rate-button', { rates: RATES }),
      part('media-captions-button'),
      part('media-fullscreen-button'),
    ),
  );
}

/** A stream in pieces: the browser's own way where it has one, else hls.js, fetched now. */
function useStream(film: React.RefObject<HTMLVideoElement | null>, content: VideoContent, onFail: () => void): void {
  const stream = content.sources.find(isHls)?.url;
  useEffect(() => {
    const element = film.current;
    if (!stream || !element) return undefined;
    if (element.canPlayType('application/vnd.apple.mpegurl')) {
      element.src = stream;
      return undefined;
    }
    let gone = false;
    let stop = (): void => undefined;
    void import('hls.js/light')
      .then(({ default: Hls }) => {
        if (gone) return;
        if (!Hls.isSupported()) return onFail();
        const hls = new Hls({ enableWorker: true });
        hls.on(Hls.Events.ERROR, (_, data) => {
          if (data.fatal) onFail();
        });
        hls.loadSource(stream);
        hls.attachMedia(element);
        stop = () => hls.destroy();
      })
      .catch(onFail);
    return () => {
      gone = true;
      stop();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- onFail is made anew by each render of the parent
  }, [stream, film]);
}
