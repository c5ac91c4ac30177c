import { useState } from 'react';

import { versionTag } from '@lib/api/base';
import { useSaveQuizMutation } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { ProblemBanner } from '@ui/ProblemBanner';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { QuestionFields } from './QuestionFields';
import { emptyQuestion, lacks, MOST_QUESTIONS, moved, sent, type Writing } from './wording';

/** Questions, their answers, what is right, and whether anybody learns who answered what. */
export function QuizEditor({ classId, writing, onChange }: { classId: string; writing: Writing; onChange: (next: Writing | undefined) => void }) {
  const t = useT();
  const [save, { error, isLoading }] = useSaveQuizMutation();
  const [isChecked, setChecked] = useState(false);
  const { questions } = writing;
  const change = (more: Partial<Writing>): void => onChange({ ...writing, ...more });
  const send = async (): Promise<void> => {
    setChecked(true);
    if (questions.some((each) => lacks(each))) return;
    const answer = await save({ classId, quiz: writing.id, 'If-Match': versionTag(writing.version), quizInIn: sent(writing) });
    if (answer.error) return;
    toast(t('classes.quiz.saved'));
    onChange(undefined);
  };
  return (
    <form
      className="form quiz-editor"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextField label={t('classes.quiz.title')} hint={t('classes.quiz.title-hint')} optional maxLength={200} dir="auto" value={writing.title} onChange={(event) => change({ title: event.target.value })} />
      <Checkbox label={t('classes.quiz.anonymous')} hint={t('classes.quiz.anonymous-hint')} checked={writing.isAnonymous} onChange={(event) => change({ isAnonymous: event.target.checked })} />
      {questions.map((question, at) => (
        <QuestionFields
          key={question.key}
          question={question}
          number={at + 1}
          count={questions.length}
          isChecked={isChecked}
          onChange={(next) => change({ questions: questions.with(at, next) })}
          onMove={(step) => change({ questions: moved(questions, at, step) })}
          onRemove={() => change({ questions: questions.toSpliced(at, 1) })}
        />
      ))}
      {questions.length < MOST_QUESTIONS && (
        <div>
          <Button icon="plus" onClick={() => change({ questions: [...questions, emptyQuestion(questions.at(-1)?.kind)] })}>
            {t('classes.quiz.add')}
          </Button>
        </div>
      )}
      <ProblemBanner problem={asProblem(error)} />
      <div className="row end">
        <Button kind="quiet" onClick={() => onChange(undefined)}>
          {t('classes.quiz.discard')}
        </Button>
        <Button kind="primary" type="submit" busy={isLoading}>
          {t('classes.save')}
        </Button>
      </div>
    </form>
  );
}
