import { useState } from 'react';

import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { Switch } from '@ui/Switch';
import { TextField } from '@ui/TextField';
import { useProblemText } from '@ui/problemText';

import { mayHost, mayPresent, useAct, useRoom, useRoomState } from '../room/useRoom';
import type { Board } from './board';
import { wordsOn, type Kind } from './strokes';

/** Under the board: what stands on it in words, words to add without a pointer, and for the host who may draw. */
export function BoardBar({ board, write }: { board: Board; write: ((words: string) => void) | undefined }) {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { role, everyoneDraws } = useRoomState();
  const refusal = useSignal(board.refusal);
  const refused = useProblemText(refusal === 'too-long' ? undefined : refusal);
  const [words, setWords] = useState('');
  const [wiping, setWiping] = useState(false);
  const open = async (everyone: boolean): Promise<void> => {
    const turn = (to: boolean): void => room.patch((state) => ({ ...state, everyoneDraws: to }));
    turn(everyone);
    if ((await act(room.ask('PUT', 'whiteboard/rule', { everyone }))) === undefined) turn(!everyone);
  };
  const wipe = async (): Promise<void> => {
    setWiping(false);
    await act(room.ask('DELETE', 'whiteboard'));
  };
  return (
    <div className="board-bar">
      <p className="field-error" role="alert">
        {refusal && (refusal === 'too-long' ? t('live.board.too-long') : refused.title)}
      </p>
      <Words board={board} />
      {write && (
        <form
          className="host-line"
          onSubmit={(event) => {
            event.preventDefault();
            if (words.trim() === '') return;
            write(words.trim());
            setWords('');
          }}
        >
          <TextField label={t('live.board.write')} dir="auto" maxLength={300} value={words} onChange={(event) => setWords(event.target.value)} />
          <Button type="submit">{t('live.board.add')}</Button>
        </form>
      )}
      {mayPresent(role) && (
        <div className="row between">
          {mayHost(role) && <Switch label={t('live.board.everyone')} checked={everyoneDraws} onChange={(on) => void open(on)} />}
          <Button kind="quiet" icon="trash" onClick={() => setWiping(true)}>
            {t('live.board.wipe')}
          </Button>
        </div>
      )}
      <ConfirmDialog title={t('live.board.wipe-title')} action={t('live.board.wipe')} danger open={wiping} onConfirm={() => void wipe()} onClose={() => setWiping(false)}>
        {t('live.board.wipe-line')}
      </ConfirmDialog>
    </div>
  );
}

/** The board for those who do not see it; it is not read aloud at every stroke. */
function Words({ board }: { board: Board }) {
  const t = useT();
  const { texts, shapes } = wordsOn(useSignal(board.strokes));
  const kinds = Object.entries(shapes) as [Kind, number][];
  if (texts.length === 0 && kinds.length === 0) return <p className="small muted">{t('live.board.empty')}</p>;
  return (
    <details className="board-words small">
      <summary>{t('live.board.words')}</summary>
      <ul>
        {texts.map((each, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- two texts may say the same
          <li key={`${at}-${each}`} dir="auto">
            {each}
          </li>
        ))}
        {kinds.map(([kind, count]) => (
          <li key={kind}>{t(`live.board.kind.${kind}`, { count })}</li>
        ))}
      </ul>
    </details>
  );
}
