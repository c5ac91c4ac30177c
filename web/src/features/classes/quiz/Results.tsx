import { useQuizResultsQuery, type PreparedQuestion } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Dialog } from '@ui/Dialog';
import { ErrorState } from '@ui/ErrorState';
import { SkeletonLines } from '@ui/Skeleton';

/** How a quiz was answered: the counts of each question, and where names are known, who had how many right. */
export default function Results({ classId, quiz, name, onClose }: { classId: string; quiz: string; name: string; onClose: () => void }) {
  const t = useT();
  const { data, error, refetch } = useQuizResultsQuery({ classId, quiz }, { refetchOnMountOrArgChange: true });
  return (
    <Dialog title={name} width={640} open onClose={onClose}>
      {!data && !error && <SkeletonLines lines={6} />}
      {!data && error !== undefined && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data && (
        <div className="stack">
          {data.quiz.questions.map((question) => (
            <Counts key={question.id} question={question} />
          ))}
          {data.counted > 0 && (
            <section aria-labelledby="quiz-scores">
              <h3 id="quiz-scores">{t('classes.quiz.scores')}</h3>
              {data.scores.length === 0 ? (
                <p className="muted">{t('classes.quiz.no-scores')}</p>
              ) : (
                <ol className="quiz-scores">
                  {data.scores.map((score, at) => (
                    <li key={`${at}-${score.name}`}>
                      <bdi className="grow">{score.name}</bdi>
                      <span className="nums">{t('classes.quiz.score', { correct: score.correct, counted: data.counted })}</span>
                    </li>
                  ))}
                </ol>
              )}
            </section>
          )}
        </div>
      )}
    </Dialog>
  );
}

function Counts({ question }: { question: PreparedQuestion }) {
  const t = useT();
  const format = useFormats();
  const { results } = question;
  const isOver = question.state === 'closed' || question.state === 'revealed';
  return (
    <section>
      <h3 dir="auto">{question.question}</h3>
      <p className="small muted">{results ? t('classes.quiz.ballots', { ballots: results.ballots }) : t(isOver ? 'classes.quiz.too-few' : question.state === 'open' ? 'classes.quiz.state.open' : 'classes.quiz.state.draft')}</p>
      <ul className="quiz-counts">
        {question.options.map((option, at) => {
          const count = results?.counts[at] ?? 0;
          const share = results && results.ballots > 0 ? count / results.ballots : 0;
          return (
            <li key={option.text} style={{ '--share': share } as React.CSSProperties}>
              <span className="grow" dir="auto">
                {option.text} {option.is_right && <Badge tone="success">{t('classes.quiz.right')}</Badge>}
              </span>
              {results && <span className="nums">{t('classes.quiz.share', { count, share: format.percent(share) })}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
