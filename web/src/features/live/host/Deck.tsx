import { useEffect, useState } from 'react';

import { hotkeysOn, useHotkeys } from '@lib/hotkeys';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Button } from '@ui/Button';
import { IconButton } from '@ui/IconButton';
import { Kbd } from '@ui/Kbd';

import { useAct, useRoom, useRoomState } from '../room/useRoom';
import { ShowBoard } from '../stage/ShowBoard';
import { moved } from './order';
import { PickPicture, type Picture } from './PickPicture';

/** The picture slides: kept with the class, turned by buttons, by the list, or by the keys that clickers send. */
export function Deck() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const on = useSignal(hotkeysOn);
  const { slide, phase } = useRoomState();
  const [slides, setSlides] = useState<Picture[]>();
  const [adding, setAdding] = useState(false);
  useEffect(() => {
    let gone = false;
    void room.ask<{ slides: Picture[] }>('GET', 'deck').then((answer) => !gone && 'data' in answer && setSlides(answer.data?.slides ?? []));
    return () => {
      gone = true;
    };
  }, [room]);
  const isOn = phase === 'live' || phase === 'open';
  const deck = slides ?? [];
  const here = slide?.kind === 'picture' ? slide.number : 0;
  const show = async (number: number): Promise<void> => {
    const picture = deck[number - 1];
    if (!isOn || !picture) return;
    const next = { kind: 'picture' as const, url: picture.url, title: picture.alt, number, count: deck.length };
    if ((await act(room.ask('PUT', 'slide', { slide: next }))) !== undefined) room.patch((state) => ({ ...state, slide: next }));
  };
  const keep = async (next: Picture[]): Promise<boolean> => {
    const kept = await act(room.ask<{ slides: Picture[] }>('PUT', 'deck', { slides: next }));
    if (kept) setSlides(kept.slides);
    return Boolean(kept);
  };
  useHotkeys({ pagedown: () => void show(here + 1), pageup: () => void show(here - 1) });
  return (
    <section className="card section host-card" aria-labelledby="deck">
      <h2 id="deck">{t('live.deck')}</h2>
      {deck.length > 0 && (
        <div className="row">
          <Button icon="arrow-start" disabled={!isOn || here <= 1} onClick={() => void show(here - 1)}>
            {t('live.deck.previous')} {on && <Kbd keys="PageUp" />}
          </Button>
          <Button kind="primary" iconEnd="arrow-end" disabled={!isOn || here >= deck.length} onClick={() => void show(here + 1)}>
            {t(here === 0 ? 'live.deck.begin' : 'live.deck.next')} {on && <Kbd keys="PageDown" />}
          </Button>
          {here > 0 && (
            <Button kind="quiet" onClick={() => void act(room.ask('PUT', 'slide', { slide: null }))}>
              {t('live.deck.away')}
            </Button>
          )}
          <p className="nums small muted">{here > 0 ? t('live.stage.of', { number: here, count: deck.length }) : ''}</p>
        </div>
      )}
      {slides && deck.length === 0 && <p className="small muted">{t('live.deck.empty')}</p>}
      <ol className="deck">
        {deck.map((picture, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- the same picture may come twice
          <li key={`${at}-${picture.url}`} className="deck-slide" aria-current={here === at + 1 ? 'true' : undefined}>
            <img src={picture.url} alt="" loading="lazy" />
            <span className="grow small" dir="auto">
              {picture.alt}
            </span>
            <IconButton icon="play" label={t('live.deck.show', { number: at + 1 })} disabled={!isOn} onClick={() => void show(at + 1)} />
            <IconButton icon="arrow-up" label={t('live.deck.up', { number: at + 1 })} disabled={at === 0} onClick={() => void keep(moved(deck, at, at - 1))} />
            <IconButton icon="arrow-down" label={t('live.deck.down', { number: at + 1 })} disabled={at === deck.length - 1} onClick={() => void keep(moved(deck, at, at + 1))} />
            <IconButton icon="trash" label={t('live.deck.remove', { number: at + 1 })} onClick={() => void keep(deck.filter((_, each) => each !== at))} />
          </li>
        ))}
      </ol>
      <div className="row">
        <Button icon="plus" disabled={!slides} onClick={() => setAdding(true)}>
          {t('live.deck.add')}
        </Button>
        <ShowBoard />
      </div>
      {adding && <PickPicture onClose={() => setAdding(false)} onPick={async (picture) => (await keep([...deck, picture])) && setAdding(false)} />}
    </section>
  );
}
