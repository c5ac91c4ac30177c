import type { ShowAnswer, ShowCorrectness } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Select } from '@ui/Select';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';

import type { Writable } from './problemText';

const ANSWERS: ShowAnswer[] = ['finished', 'attempted', 'correct', 'after_all_attempts', 'past_due', 'correct_or_past_due', 'always', 'never'];
const VERDICTS: ShowCorrectness[] = ['always', 'past_due', 'never'];

/** What applies to any problem: attempts, hints, when the solution is shown. */
export function ProblemSettings({ problem, onChange }: { problem: Writable; onChange: (problem: Writable) => void }) {
  const t = useT();
  const set = (part: Partial<Writable>): void => onChange({ ...problem, ...part });
  const whole = (text: string): number | null => (/^\d+$/.test(text.trim()) ? Number(text) : null);
  return (
    <div className="form">
      <TextField label={t('author.field.title')} value={problem.title} onChange={(event) => set({ title: event.target.value })} />
      <TextField label={t('author.problem.attempts')} hint={t('author.problem.attempts-hint')} optional inputMode="numeric" value={problem.max_attempts ?? ''} onChange={(event) => set({ max_attempts: whole(event.target.value) })} />
      <Select label={t('author.problem.show-answer')} options={ANSWERS.map((value) => ({ value, label: t(`author.show-answer.${value}`) }))} value={problem.show_answer ?? 'finished'} onChange={(event) => set({ show_answer: event.target.value as ShowAnswer })} />
      <Select
        label={t('author.problem.show-correctness')}
        options={VERDICTS.map((value) => ({ value, label: t(`author.show-correctness.${value}`) }))}
        value={problem.show_correctness ?? 'always'}
        onChange={(event) => set({ show_correctness: event.target.value as ShowCorrectness })}
      />
      <TextArea label={t('author.problem.hints')} hint={t('author.problem.hints-hint')} optional value={(problem.hints ?? []).join('\n')} onChange={(event) => set({ hints: event.target.value.split('\n').filter((line) => line.trim() !== '') })} />
      <TextArea label={t('author.problem.solution')} hint={t('author.problem.solution-hint')} optional className="input source" value={problem.solution ?? ''} onChange={(event) => set({ solution: event.target.value })} />
    </div>
  );
}
