import { lazy, Suspense, useEffect, type ReactNode } from 'react';

import { announce } from '@lib/announce';
import { useT } from '@lib/i18n';
import { Avatar } from '@ui/Avatar';
import { Icon } from '@ui/Icon';

import type { Conference, Slide } from '../room/state';
import { useRoomState } from '../room/useRoom';

const BoardView = lazy(() => import('../board/BoardView'));
const Broadcast = lazy(() => import('./Broadcast').then(({ Broadcast }) => ({ default: Broadcast })));

/**
 * What all look at: the whiteboard, a slide, the conference or a broadcast; without any of them the class's own picture
 * and who speaks. Beside a slide or a board the conference stays, small: whoever took it away would cut its sound.
 */
export function Stage() {
  const { slide, phase, conference: given } = useRoomState();
  const conference = phase === 'live' ? given : null;
  const isSmall = slide !== null && (conference?.kind === 'playlist' || conference?.kind === 'frame');
  return (
    <div className="stages">
      {slide?.kind === 'board' && (
        <Suspense fallback={<div className="stage" />}>
          <BoardView />
        </Suspense>
      )}
      {slide && slide.kind !== 'board' && isSmall && (
        <Shown>
          <SlideShown slide={slide} />
        </Shown>
      )}
      {(slide?.kind !== 'board' || isSmall) && (
        <Shown small={isSmall}>
          {conference?.kind === 'playlist' || conference?.kind === 'frame' ? <Heard conference={conference} /> : slide && slide.kind !== 'board' ? <SlideShown slide={slide} /> : <Waiting />}
        </Shown>
      )}
      <Beside conference={conference} />
    </div>
  );
}

function Shown({ small = false, children }: { small?: boolean; children: ReactNode }) {
  const t = useT();
  return (
    <section className={small ? 'stage stage-small' : 'stage'} aria-label={t(small ? 'live.stage.conference' : 'live.stage')}>
      {children}
      {!small && <Signs />}
    </section>
  );
}

/** Sound and pictures of the class. */
function Heard({ conference }: { conference: Conference }) {
  const t = useT();
  if (conference.kind === 'playlist') {
    return (
      <Suspense fallback={<Board />}>
        <Broadcast url={conference.url} />
      </Suspense>
    );
  }
  return (
    // oxlint-disable-next-line react/iframe-missing-sandbox -- another origin that the policy names; it needs its own storage, camera and microphone
    <iframe className="stage-frame" src={conference.url} title={t('live.stage.conference')} allow="camera; microphone; display-capture; autoplay; fullscreen" />
  );
}

function SlideShown({ slide }: { slide: Slide }) {
  const t = useT();
  const told = slide.number > 0 ? t('live.stage.slide-told', { number: slide.number, words: slide.title }) : slide.title;
  useEffect(() => {
    if (told) announce(told);
  }, [told]);
  return (
    <>
      {slide.url ? (
        <img className="stage-slide" src={slide.url} alt={slide.title || t('live.stage.slide', { number: slide.number })} />
      ) : (
        <Board>
          <p className="stage-title" dir="auto">
            {slide.title}
          </p>
        </Board>
      )}
      {slide.count > 0 && <span className="stage-count nums">{t('live.stage.of', { number: slide.number, count: slide.count })}</span>}
    </>
  );
}

function Waiting() {
  const t = useT();
  const { phase } = useRoomState();
  return <Board>{phase !== 'live' && <p className="stage-wait">{t(`live.stage.${phase === 'ended' || phase === 'archived' ? 'over' : phase === 'cancelled' ? 'cancelled' : 'soon'}`)}</p>}</Board>;
}

/** Over the stage: whether it is recorded, and who is in the spotlight. */
function Signs() {
  const t = useT();
  const { spotlight, recording } = useRoomState();
  return (
    <>
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
    </>
  );
}

/** Under the board, which has no room over it, the same signs; and the way to a conference in a window of its own. */
function Beside({ conference }: { conference: Conference | null }) {
  const t = useT();
  const { slide } = useRoomState();
  return (
    <>
      {slide?.kind === 'board' && (
        <div className="stage-signs">
          <Signs />
        </div>
      )}
      {conference?.kind === 'page' && (
        <a className="btn btn-play" href={conference.url} target="_blank" rel="noreferrer">
          <Icon name="video" />
          {t('live.stage.enter')}
        </a>
      )}
    </>
  );
}

/** The class's own ground: a calm drawing instead of a black hole. */
function Board({ children }: { children?: ReactNode }) {
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
