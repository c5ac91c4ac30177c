import { useEffect, useImperativeHandle, useRef, type Ref } from 'react';

import type { VideoContent } from '@lib/api/progress';
import { recall, remember } from '@lib/storage';

import { Controls } from './Controls';
import { isHls, typeOf } from './sources';
import { useStream } from './useStream';

type Props = {
  content: VideoContent;
  title: string;
  startAt: number;
  language: string;
  onTime: (at: number) => void;
  onCut: () => void;
  onPause: () => void;
  onFail: () => void;
  /** The address of the stream is over: ask for the unit again, which brings a new one. */
  onRenew: () => Promise<VideoContent | undefined>;
  ref: Ref<HTMLVideoElement>;
};

/** The player itself; this chunk arrives on the first press of play, and hls.js only where the browser cannot do without. */
export default function Player({ content, title, startAt, language, onTime, onCut, onPause, onFail, onRenew, ref }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const film = useRef<HTMLVideoElement>(null);
  useImperativeHandle(ref, () => film.current as HTMLVideoElement, []);
  const streams = useStream(film, content, { onFail, onRenew });

  useEffect(() => {
    const element = film.current;
    if (!element) return;
    element.playbackRate = Number(recall('speed')) || 1;
    // The poster that was pressed is gone: whoever pressed it goes on from the first control.
    if (document.activeElement === document.body) frame.current?.querySelector('button')?.focus({ preventScroll: true });
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
    <div className="video-player" ref={frame}>
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- the tracks are those of the author; the transcript shows them too */}
      <video
        ref={film}
        aria-label={title}
        onClick={(event) => void (event.currentTarget.paused ? event.currentTarget.play().catch(() => undefined) : event.currentTarget.pause())}
        playsInline
        preload="auto"
        poster={content.poster || undefined}
        onTimeUpdate={(event) => {
          const at = event.currentTarget.currentTime;
          if (!event.currentTarget.paused && !event.currentTarget.seeking) onTime(at);
          if (content.end_s !== null && at >= content.end_s && !event.currentTarget.paused) event.currentTarget.pause();
        }}
        onPlay={(event) => onTime(event.currentTarget.currentTime)}
        onSeeking={onCut}
        onSeeked={(event) => onTime(event.currentTarget.currentTime)}
        onPause={onPause}
        onEnded={onPause}
        onRateChange={(event) => remember('speed', String(event.currentTarget.playbackRate))}
        onError={(event) => !streams && event.target === event.currentTarget && onFail()}
      >
        {!streams && native.map((source, index) => (
          <source key={source.url} src={source.url} type={typeOf(source) || undefined} onError={index === native.length - 1 ? onFail : undefined} />
        ))}
        {content.captions.map((caption) => (
          <track key={caption.language} kind="captions" src={caption.url} srcLang={caption.language} label={caption.label || caption.language} />
        ))}
      </video>
      <Controls film={film} frame={frame} language={language} title={title} />
    </div>
  );
}
