import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { IconButton } from '@ui/IconButton';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';

import { emptyOption, lacks, MOST_OPTIONS, type Written } from './wording';

const TIMES = [15, 30, 60, 120, 300];

type Props = { question: Written; number: number; count: number; isChecked: boolean; onChange: (next: Written) => void; onMove: (step: -1 | 1) => void; onRemove: () => void };

/** One question of a quiz, with its answers. */
export function QuestionFields({ question, number, count, isChecked, onChange, onMove, onRemove }: Props) {
  const t = useT();
  const lack = isChecked ? lacks(question) : undefined;
  const change = (more: Partial<Written>): void => onChange({ ...question, ...more });
  const changeOption = (key: string, more: Partial<Written['options'][number]>): void => change({ options: question.options.map((each) => (each.key === key ? { ...each, ...more } : each)) });
  return (
    <fieldset className="quiz-question">
      <legend className="quiz-legend">{t('classes.quiz.number', { number, count })}</legend>
      <TextField label={t('classes.quiz.question')} maxLength={500} dir="auto" value={question.question} error={lack === 'question' ? t('classes.quiz.lacks.question') : undefined} onChange={(event) => change({ question: event.target.value })} />
      <div className="quiz-how">
        <Select
          label={t('classes.quiz.kind')}
          value={question.kind}
          options={(['single', 'multiple', 'quiz'] as const).map((kind) => ({ value: kind, label: t(`classes.quiz.kind.${kind}`) }))}
          onChange={(event) => change({ kind: event.target.value as Written['kind'] })}
        />
        <Select
          label={t('classes.quiz.time')}
          value={String(question.seconds ?? '')}
          placeholder={t('classes.quiz.no-time')}
          options={[...new Set([...TIMES, ...(question.seconds ? [question.seconds] : [])])].map((seconds) => ({ value: String(seconds), label: t('classes.quiz.seconds', { seconds }) }))}
          onChange={(event) => change({ seconds: event.target.value === '' ? null : Number(event.target.value) })}
        />
      </div>
      <ol className="quiz-options">
        {question.options.map((option, at) => (
          <li key={option.key}>
            <div className="grow">
              <TextField label={t('classes.quiz.option', { number: at + 1 })} maxLength={200} dir="auto" value={option.text} onChange={(event) => changeOption(option.key, { text: event.target.value })} />
            </div>
            {question.kind === 'quiz' && <Checkbox label={t('classes.quiz.right')} aria-label={t('classes.quiz.right-named', { number: at + 1 })} checked={option.isRight} onChange={(event) => changeOption(option.key, { isRight: event.target.checked })} />}
            {question.options.length > 2 && <IconButton icon="close" label={t('classes.quiz.remove-option', { number: at + 1 })} onClick={() => change({ options: question.options.filter(({ key }) => key !== option.key) })} />}
          </li>
        ))}
      </ol>
      {lack && lack !== 'question' && (
        <p className="field-error" role="alert">
          {t(`classes.quiz.lacks.${lack}`)}
        </p>
      )}
      <div className="row">
        {question.options.length < MOST_OPTIONS && (
          <Button kind="quiet" icon="plus" onClick={() => change({ options: [...question.options, emptyOption()] })}>
            {t('classes.quiz.add-option')}
          </Button>
        )}
        <span className="grow" />
        {count > 1 && (
          <>
            <IconButton icon="arrow-up" label={t('classes.quiz.up', { number })} disabled={number === 1} onClick={() => onMove(-1)} />
            <IconButton icon="arrow-down" label={t('classes.quiz.down', { number })} disabled={number === count} onClick={() => onMove(1)} />
            <IconButton icon="trash" label={t('classes.quiz.remove', { number })} onClick={onRemove} />
          </>
        )}
      </div>
    </fieldset>
  );
}
