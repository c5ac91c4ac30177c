import { useEffect, useRef, useSyncExternalStore } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';
import { Skeleton } from '@ui/Skeleton';

import type { Talk } from '../room/talk';
import { Row } from './Row';
import { useHistory } from './useHistory';

const NEAR_PX = 48;
const EDGE_PX = 240;

type Props = { talk: Talk; me: string; onDelete?: ((seq: number) => void) | undefined };

/** The comments: the newest at the bottom and moving; once scrolled up, standing still. Not read aloud line by line. */
export function Log({ talk, me, onDelete }: Props) {
  const t = useT();
  const { ring } = talk;
  const view = useSyncExternalStore(ring.follow, ring.view, ring.view);
  const history = useHistory(talk);
  const box = useRef<HTMLDivElement>(null);
  const { freeze, older, newer, thaw } = history;
  const rows = history.rows ?? view.rows;

  const scrolled = (): void => {
    const element = box.current;
    if (!element) return;
    // The box grows upwards (column-reverse): 0 is the bottom, the way up is negative.
    const up = -element.scrollTop;
    if (up > NEAR_PX) freeze();
    else if (history.rows && view.fresh === 0) thaw();
    else if (history.rows && up < NEAR_PX) void newer();
    if (history.rows && element.scrollHeight - element.clientHeight - up < EDGE_PX && history.hasOlder) void older();
  };
  const latest = (): void => {
    thaw();
    box.current?.scrollTo({ top: 0 });
    box.current?.focus();
  };
  useEffect(() => () => ring.away(false), [ring]);
  return (
    <div className="log-frame">
      <div
        ref={box}
        className="log"
        role="log"
        aria-live="off"
        aria-label={t('live.chat.log')}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={scrolled}
      >
        <ol className="log-rows">
          {history.isLoading && (
            <li aria-hidden="true">
              <Skeleton height="24px" width="60%" />
            </li>
          )}
          {rows.length === 0 && <li className="log-empty">{t('live.chat.empty')}</li>}
          {rows.map((comment) => (
            <Row key={comment.id} comment={comment.seq !== null && ring.isGone(comment.seq) && !comment.isGone ? { ...comment, isGone: true, body: '' } : comment} isMine={comment.author.id === me} onDelete={onDelete} />
          ))}
        </ol>
      </div>
      {history.rows && (
        <button type="button" className="log-latest" onClick={latest}>
          <Icon name="arrow-down" />
          {t('live.chat.latest', { fresh: view.fresh })}
        </button>
      )}
    </div>
  );
}
