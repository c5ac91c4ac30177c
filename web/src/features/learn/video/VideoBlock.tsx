import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';

import type { LearnerBlock, VideoContent } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Icon } from '@ui/Icon';

import type { Where } from '../player/cache';
import { hasFile, isHls, youtubeAddress } from './sources';
import { Transcript } from './Transcript';
import { useCaptions } from './useCaptions';
import { useRenewal } from './useRenewal';
import { useWatching } from './useWatching';

const Player = lazy(() => import('./Player'));

type Props = { block: LearnerBlock; content: VideoContent; where: Where };

/** A film: a still picture until somebody wants it, then the player; under it the words that are spoken. */
export function VideoBlock({ block, content, where }: Props) {
  const t = useT();
  const format = useFormats();
  const film = useRef<HTMLVideoElement>(null);
  const [playFrom, setPlayFrom] = useState<number | null>(null);
  const [time, setTime] = useState<number | null>(null);
  const [failed, setFailed] = useState(false);
  const captions = useCaptions(content.captions);
  const watching = useWatching(block, where, film);
  const renew = useRenewal(block.id, where);
  const title = block.title || t('learn.video.title');
  const kept = block.watched?.position_s ?? 0;
  const length = content.duration_s ?? block.watched?.duration_s ?? null;
  const resumeAt = kept > 5 && (length === null || kept < length - 10) ? kept : (content.start_s ?? 0);

  const seek = useCallback((to: number) => {
    if (!film.current) return setPlayFrom(to);
    film.current.currentTime = to;
    void film.current.play().catch(() => undefined);
  }, []);

  return (
    <div className="video">
      {hasFile(content) && !failed ? (
        <div className="video-stage">
          {playFrom === null ? (
            <button type="button" className="video-poster" onClick={() => setPlayFrom(resumeAt)}>
              {content.poster && <img src={content.poster} alt="" />}
              <span className="video-play" aria-hidden="true">
                <Icon name="play" />
              </span>
              <span className="video-words">
                <span>{resumeAt > (content.start_s ?? 0) ? t('learn.video.resume', { title, at: format.clock(resumeAt) }) : t('learn.video.play', { title })}</span>
                {length !== null && <span className="nums">{format.clock(length)}</span>}
              </span>
            </button>
          ) : (
            <Suspense fallback={<div className="video-poster" aria-busy="true" />}>
              <Player
                ref={film}
                content={content}
                title={title}
                startAt={playFrom}
                language={captions.language}
                onTime={(at) => {
                  watching.tick(at);
                  setTime(at);
                }}
                onCut={watching.cut}
                onPause={watching.pause}
                onFail={() => setFailed(true)}
                onRenew={renew}
              />
            </Suspense>
          )}
        </div>
      ) : (
        <Elsewhere content={content} title={title} failed={failed} />
      )}
      {content.downloads.length > 0 && (
        <ul className="video-downloads">
          {content.downloads.map((download) => (
            <li key={download.url}>
              <a href={download.url} download>
                <Icon name="download" /> {download.label || t('learn.file.download')}
              </a>
            </li>
          ))}
        </ul>
      )}
      <Transcript captions={captions} time={time} onSeek={hasFile(content) && !failed ? seek : undefined} />
    </div>
  );
}

function Elsewhere({ content, title, failed }: { content: VideoContent; title: string; failed: boolean }) {
  const t = useT();
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failed) notice.current?.focus();
  }, [failed]);
  return (
    <div ref={notice} tabIndex={-1}>
      <Banner
        tone={failed ? 'warning' : 'info'}
        action={
          content.youtube ? (
            <a className="btn btn-secondary" href={youtubeAddress(content.youtube, content.start_s)} target="_blank" rel="noreferrer">
              {t('learn.video.youtube')}
              <Icon name="external" />
            </a>
          ) : undefined
        }
      >
        <strong>{title}</strong>
        <p>{failed ? t('learn.video.failed') : content.youtube ? t('learn.video.elsewhere') : t('learn.video.none')}</p>
        {failed &&
          content.sources.filter((source) => !isHls(source)).map((source) => (
            <p key={source.url}>
              <a href={source.url}>{t('learn.video.file')}</a>
            </p>
          ))}
      </Banner>
    </div>
  );
}
