import { lazy, Suspense, useState } from 'react';

import { versionTag } from '@lib/api/base';
import { useDeleteQuizMutation, useListQuizzesQuery, type ClassView, type QuizView } from '@lib/api/live';
import { useViewerQuery } from '@lib/api/viewer';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { ErrorState } from '@ui/ErrorState';
import { IconButton } from '@ui/IconButton';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';

import { QuizEditor } from './QuizEditor';
import { useWriting } from './useWriting';
import { idFor, newQuiz, written } from './wording';

const Results = lazy(() => import('./Results'));

/** Polls and quizzes that wait for the class: written here, asked from the console by one key. */
export function Quizzes({ held }: { held: ClassView }) {
  const t = useT();
  const { data: viewer } = useViewerQuery(undefined);
  const { data, error, refetch } = useListQuizzesQuery({ classId: held.id }, { refetchOnMountOrArgChange: true });
  const [writing, write] = useWriting(held.id, viewer?.user);
  return (
    <section className="card section plan-card" aria-labelledby="plan-quizzes">
      <div className="row between">
        <h2 id="plan-quizzes">{t('classes.quiz')}</h2>
        {!writing && data && (
          <Button icon="plus" onClick={() => write(newQuiz(Date.now()))}>
            {t('classes.quiz.new')}
          </Button>
        )}
      </div>
      <p className="muted">{t('classes.quiz.line')}</p>
      {!data && !error && <SkeletonLines lines={2} />}
      {!data && error !== undefined && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data && data.items.length > 0 && (
        <ul className="list quiz-list">
          {data.items.map((quiz) => (
            <QuizRow key={quiz.id} classId={held.id} quiz={quiz} isBusy={Boolean(writing)} onEdit={() => write(written(quiz))} onCopy={() => write(written(quiz, idFor(Date.now())))} />
          ))}
        </ul>
      )}
      {writing && <QuizEditor classId={held.id} writing={writing} onChange={write} />}
    </section>
  );
}

type RowProps = { classId: string; quiz: QuizView; isBusy: boolean; onEdit: () => void; onCopy: () => void };

function QuizRow({ classId, quiz, isBusy, onEdit, onCopy }: RowProps) {
  const t = useT();
  const [remove, { error, isLoading }] = useDeleteQuizMutation();
  const [open, setOpen] = useState<'delete' | 'results'>();
  const name = quiz.title || quiz.questions[0]?.question || '';
  const right = quiz.questions.some(({ kind }) => kind === 'quiz');
  const drop = async (): Promise<void> => {
    const answer = await remove({ classId, quiz: quiz.id, 'If-Match': versionTag(quiz.version) });
    if (!answer.error) setOpen(undefined);
  };
  return (
    <li>
      <div className="grow">
        <strong dir="auto">{name}</strong>
        <div className="row small muted">
          {t(right ? 'classes.quiz.count' : 'classes.quiz.count-polls', { count: quiz.questions.length })}
          {quiz.questions[0]?.is_anonymous && <Badge>{t('classes.quiz.anonymous')}</Badge>}
          {quiz.is_asked && <Badge tone="info">{t('classes.quiz.asked')}</Badge>}
        </div>
      </div>
      {quiz.is_asked && (
        <Button aria-label={t('classes.quiz.results-of', { name })} onClick={() => setOpen('results')}>
          {t('classes.quiz.results')}
        </Button>
      )}
      {!isBusy && !quiz.is_asked && <IconButton icon="pencil" label={t('classes.quiz.edit', { name })} onClick={onEdit} />}
      {!isBusy && <IconButton icon="copy" label={t('classes.quiz.copy', { name })} onClick={onCopy} />}
      {!quiz.is_asked && <IconButton icon="trash" label={t('classes.quiz.delete', { name })} onClick={() => setOpen('delete')} />}
      <ConfirmDialog title={t('classes.quiz.delete-sure', { name })} action={t('classes.quiz.delete-do')} danger open={open === 'delete'} busy={isLoading} onConfirm={() => void drop()} onClose={() => setOpen(undefined)}>
        <ProblemBanner problem={asProblem(error)} />
        <p>{t('classes.quiz.delete-line')}</p>
      </ConfirmDialog>
      <Suspense fallback={null}>{open === 'results' && <Results classId={classId} quiz={quiz.id} name={name} onClose={() => setOpen(undefined)} />}</Suspense>
    </li>
  );
}
