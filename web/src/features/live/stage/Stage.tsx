import { lazy, Suspense } from 'react';

import { useT } from '@lib/i18n';
import { Avatar } from '@ui/Avatar';
import { Icon } from '@ui/Icon';

import { useRoomState } from '../room/useRoom';

const BoardView = lazy(() => import('../board/BoardView'));
const Broadcast = lazy(() => import('./Broadcast').then(({ Broadcast }) => ({ default: Broadcast })));

/** What all look at: the conference, a broadcast, the slide; without any of them the class's own picture and who speaks. */
export function Stage() {
  const t = useT();
  const { slide, spotlight, phase, conference: given, recording } = useRoomState();
  const conference = phase === 'live' ? given : null;
  if (slide?.kind === 'board') {
    return (
      <Suspense fallback={<section className="stage" aria-label={t('live.stage')} />}>
        <BoardView />
      </Suspense>
    );
  }
  return (
    <section className="stage" aria-label={t('live.stage')}>
      {conference?.kind === 'playlist' ? (
        <Suspense fallback={<Board />}>
          <Broadcast url={conference.url} />
        </Suspense>
      ) : conference?.kind === 'frame' ? (
        // oxlint-disable-next-line react/iframe-missing-sandbox -- another origin that the policy names; it needs its own storage, camera and microphone
        <iframe className="stage-frame" src={conference.url} title={t('live.stage.conference')} allow="camera; microphone; display-capture; autoplay; fullscreen" />
      ) : slide?.url ? (
        <img className="stage-slide" src={slide.url} alt={slide.title || t('live.stage.slide', { number: slide.number })} />
      ) : (
        <Board>
          {slide?.title ? (
            <p className="stage-title" dir="auto">
              {slide.title}
            </p>
          ) : (
            phase !== 'live' && <p className="stage-wait">{t(`live.stage.${phase === 'ended' || phase === 'archived' ? 'over' : phase === 'cancelled' ? 'cancelled' : 'soon'}`)}</p>
          )}
        </Board>
      )}
      {slide && slide.count > 0 && <span className="stage-count nums">{t('live.stage.of', { number: slide.number, count: slide.count })}</span>}
      {recording.state !== 'off' && (
        <p className="stage-recording" role="status">
          {t(`live.recording.${recording.state}`)}
        </p>
      )}
      {spotlight && (
        <p className="spotlight" role="status">
          <Avatar name={spotlight.name} size={28} />
          <span>
            {t('live.stage.spotlight')} <strong dir="auto">{spotlight.name}</strong>
          </span>
        </p>
      )}
      {conference?.kind === 'page' && (
        <a className="btn btn-play stage-enter" href={conference.url} target="_blank" rel="noreferrer">
          <Icon name="video" />
          {t('live.stage.enter')}
        </a>
      )}
    </section>
  );
}

/** The class's own ground: a calm drawing instead of a black hole. */
function Board({ children }: { children?: React.ReactNode }) {
  return (
    <div className="stage-board">
      <svg viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        <path className="stage-grid" d="M0 30H320M0 60H320M0 90H320M0 120H320M0 150H320M40 0V180M80 0V180M120 0V180M160 0V180M200 0V180M240 0V180M280 0V180" />
        <path className="stage-line" d="M60 150L120 60L210 22" />
        <path className="stage-line stage-line-2" d="M60 150L190 110L210 22" />
      </svg>
      <div className="stage-words">{children}</div>
    </div>
  );
}
