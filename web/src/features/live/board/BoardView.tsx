import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';

import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';

import { mayPresent, useRoom, useRoomState } from '../room/useRoom';
import { BoardBar } from './BoardBar';
import { createBoard, type Board } from './board';
import { isolate } from './isolate';
import { useNarrow } from './useNarrow';

declare global {
  interface Window {
    EXCALIDRAW_ASSET_PATH?: string;
  }
}

const Canvas = lazy(() => {
  // Its fonts come from our own origin (vite/excalidraw.ts); it wants to know before it starts.
  window.EXCALIDRAW_ASSET_PATH = '/assets/excalidraw-0.18.1/';
  return import('./Canvas');
});

/** The whiteboard on the stage, and under it what can be done with it. */
export default function BoardView() {
  const room = useRoom();
  const [board, setBoard] = useState<Board>();
  useEffect(() => {
    const made = createBoard({ ask: room.ask, feed: room.board });
    // oxlint-disable-next-line react/set-state-in-effect -- it asks the server from its first moment and ends with the page: no value of a render
    setBoard(made);
    addEventListener('pagehide', made.stop);
    return () => {
      removeEventListener('pagehide', made.stop);
      made.stop();
    };
  }, [room]);
  return board ? <Shown board={board} /> : null;
}

function Shown({ board }: { board: Board }) {
  const t = useT();
  const { role, everyoneDraws, isMuted, phase } = useRoomState();
  const state = useSignal(board.state);
  const frame = useRef<HTMLElement>(null);
  const [isLarge, setLarge] = useState(false);
  const [follows, setFollows] = useState(true);
  const [write, setWrite] = useState<(words: string) => void>();
  const keepWriter = useCallback((writer: (words: string) => void) => setWrite(() => writer), []);
  const isNarrow = useNarrow();
  const isOn = phase === 'live' || phase === 'open';
  const mayDraw = isOn && (mayPresent(role) || (everyoneDraws && !isMuted));
  const draws = mayDraw && (isLarge || !isNarrow);
  useEffect(() => {
    if (!isLarge || !frame.current) return undefined;
    const undo = isolate(frame.current);
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) setLarge(false);
    };
    document.addEventListener('keydown', escape);
    return () => {
      undo();
      document.removeEventListener('keydown', escape);
    };
  }, [isLarge]);
  const stay = (): void => {
    if (!draws) setFollows(false);
  };
  return (
    <>
      <section ref={frame} className={isLarge ? 'stage board board-large' : 'stage board'} aria-label={t('live.board')}>
        {state === 'there' ? (
          <div className={draws ? 'board-canvas' : 'board-canvas board-looks'} onPointerDown={stay} onWheel={stay}>
            <Suspense fallback={<Wait />}>
              <Canvas board={board} mayDraw={draws} follows={follows && !draws} onWriter={keepWriter} />
            </Suspense>
          </div>
        ) : (
          <div className="board-canvas">
            <Wait failed={state === 'failed'} />
          </div>
        )}
        <div className="board-tools">
          <p className="grow small muted">{t(mayDraw ? 'live.board.may-draw' : 'live.board.may-look')}</p>
          {!draws && !follows && (
            <Button icon="eye" onClick={() => setFollows(true)}>
              {t('live.board.follow')}
            </Button>
          )}
          <IconButton icon={isLarge ? 'close' : mayDraw && isNarrow ? 'pencil' : 'expand'} tip={false} label={t(isLarge ? 'live.board.smaller' : mayDraw && isNarrow ? 'live.board.draw' : 'live.board.larger')} aria-pressed={isLarge} onClick={() => setLarge(!isLarge)} />
        </div>
      </section>
      <BoardBar board={board} write={draws ? write : undefined} />
    </>
  );
}

function Wait({ failed = false }: { failed?: boolean }) {
  const t = useT();
  return (
    <p className="board-wait" role={failed ? 'alert' : 'status'}>
      <Icon name={failed ? 'warning' : 'spinner'} />
      {t(failed ? 'live.board.failed' : 'live.board.loading')}
    </p>
  );
}
