import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';

import { textOf, type Answer, type PartView } from './response';
import type { useProblem } from './useProblem';

type Props = { work: ReturnType<typeof useProblem>; parts: PartView[]; onClose: () => void };

const shown = (part: PartView, answer: Answer | undefined): string => {
  const options = 'choices' in part ? part.choices : 'options' in part ? part.options : [];
  const name = (id: string): string => textOf(options.find((option) => option.id === id)?.html ?? id);
  if (answer === null || answer === undefined) return '';
  if (typeof answer === 'string') return name(answer);
  return Array.isArray(answer) ? answer.map(name).join(', ') : Object.entries(answer).map(([key, value]) => `${name(key)}: ${name(value)}`).join(', ');
};

/** The answer here and the one kept elsewhere, side by side: never a silent overwrite. */
export default function Compare({ work, parts, onClose }: Props) {
  const t = useT();
  const { state } = work.draft;
  const theirs = state.kind === 'conflict' ? ((state.theirs as { answers?: Record<string, Answer> } | undefined)?.answers ?? {}) : {};
  const choose = (choice: 'mine' | 'theirs') => (): void => {
    void work.draft.resolve(choice);
    onClose();
  };
  return (
    <Dialog
      title={t('learn.compare.title')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={choose('theirs')}>{t('learn.compare.theirs')}</Button>
          <Button kind="primary" onClick={choose('mine')}>
            {t('learn.compare.mine')}
          </Button>
        </>
      }
    >
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('learn.compare.part')}</th>
            <th scope="col">{t('learn.compare.here')}</th>
            <th scope="col">{t('learn.compare.there')}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part, index) => (
            <tr key={part.id}>
              <th scope="row">{textOf(part.label) || t('learn.part.numbered', { number: index + 1 })}</th>
              <td>{shown(part, work.answers[part.id])}</td>
              <td>{shown(part, theirs[part.id])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
