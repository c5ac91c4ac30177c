import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';

import { useAct, useRoom, useRoomState } from '../room/useRoom';

/** Whose turn it is, in the order the hands went up. */
export function HandsQueue() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { hands, handCount, spotlight } = useRoomState();
  const tell = (id: string, verb: 'call' | 'lower') => async (): Promise<void> => {
    const done = await act(room.ask('POST', `hands/${id}/${verb}`));
    if (done === undefined) return;
    room.patch((state) => ({
      ...state,
      hands: verb === 'lower' ? state.hands.filter(({ participant }) => participant.id !== id) : state.hands.map((each) => (each.participant.id === id ? { ...each, isCalled: true } : each)),
    }));
  };
  const spot = async (id: string | null): Promise<void> => {
    await act(room.ask(id ? 'POST' : 'DELETE', 'spotlight', id ? { participant: id } : undefined));
  };
  return (
    <section className="card section host-card" aria-labelledby="hands">
      <h2 id="hands">{t('live.hands', { hands: Math.max(handCount, hands.length) })}</h2>
      {hands.length === 0 && <p className="muted">{t('live.hands.none')}</p>}
      <ol className="list">
        {hands.map(({ participant, isCalled }) => (
          <li key={participant.id}>
            <span className="grow">
              <bdi>{participant.name}</bdi> {isCalled && <Badge tone="success">{t('live.hands.called')}</Badge>}
            </span>
            {!isCalled && (
              <Button aria-label={t('live.hands.call-named', { name: participant.name })} onClick={() => void tell(participant.id, 'call')()}>
                {t('live.hands.call')}
              </Button>
            )}
            {isCalled && spotlight?.id !== participant.id && (
              <Button aria-label={t('live.hands.spot-named', { name: participant.name })} onClick={() => void spot(participant.id)}>
                {t('live.hands.spot')}
              </Button>
            )}
            <Button kind="quiet" aria-label={t('live.hands.lower-named', { name: participant.name })} onClick={() => void tell(participant.id, 'lower')()}>
              {t('live.hands.lower')}
            </Button>
          </li>
        ))}
      </ol>
      {spotlight && (
        <div className="row between">
          <span>
            {t('live.stage.spotlight')} <strong>{spotlight.name}</strong>
          </span>
          <Button kind="quiet" onClick={() => void spot(null)}>
            {t('live.hands.spot-off')}
          </Button>
        </div>
      )}
    </section>
  );
}
