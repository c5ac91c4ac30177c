import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';

import { mayPresent, useAct, useRoom, useRoomState } from '../room/useRoom';

/** Whoever presents lays the whiteboard on the stage, and takes it away. */
export function ShowBoard() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { role, slide, phase } = useRoomState();
  if (!mayPresent(role) || (phase !== 'live' && phase !== 'open')) return null;
  const isShown = slide?.kind === 'board';
  const turn = async (): Promise<void> => {
    await act(room.ask('PUT', 'slide', { slide: isShown ? null : { kind: 'board' } }));
  };
  return (
    <Button icon="pencil" aria-pressed={isShown} onClick={() => void turn()}>
      {t('live.board')}
    </Button>
  );
}
