import { useCallback, useEffect, useState } from 'react';

import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';

import type { Comment } from '../chat/ring';
import { useAct, useRoom, useRoomState } from '../room/useRoom';
import { commentOf } from '../room/wire';

const EVERY_MS = 10_000;

/** Comments that wait for a moderator: shown or removed, one press each. Nothing is drawn while there are none. */
export function Held() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { phase } = useRoomState();
  const [held, setHeld] = useState<Comment[]>([]);
  const isOn = phase === 'live' || phase === 'open';
  const look = useCallback(() => room.ask<{ items: unknown[] }>('GET', 'held?limit=20').then((answer) => ('data' in answer && answer.data ? answer.data.items.map(commentOf) : undefined)), [room]);
  useEffect(() => {
    if (!isOn) return undefined;
    let gone = false;
    const take = (): void => void look().then((found) => !gone && found && setHeld(found));
    take();
    const timer = setInterval(take, EVERY_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [look, isOn]);
  const settle = async (comment: Comment, isShown: boolean): Promise<void> => {
    const done = await act(isShown ? room.ask('POST', `messages/${comment.seq}/release`) : room.ask('DELETE', `messages/${comment.seq}`));
    if (done !== undefined) setHeld((before) => before.filter(({ seq }) => seq !== comment.seq));
  };
  if (held.length === 0) return null;
  return (
    <section className="card section host-card" aria-labelledby="held">
      <h2 id="held">{t('live.held')}</h2>
      <ul className="list">
        {held.map((comment) => (
          <li key={comment.id}>
            <div className="grow">
              <p dir="auto">
                <strong>{comment.author.name}</strong> {comment.body}
              </p>
            </div>
            <Button onClick={() => void settle(comment, true)}>{t('live.held.show')}</Button>
            <Button kind="quiet" onClick={() => void settle(comment, false)}>
              {t('live.held.remove')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
