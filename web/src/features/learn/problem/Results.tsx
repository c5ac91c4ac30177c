import { useCallback } from 'react';

import type { AttemptState, Correctness, PartResult, ScoredResponse } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Icon, type IconName } from '@ui/Icon';
import { Prose } from '@ui/Prose';

import { withAddresses } from './response';

export const SIGNS: Record<Correctness, IconName> = { correct: 'check-circle', partial: 'half-circle', incorrect: 'error', ungraded: 'check', invalid: 'warning', withheld: 'clock' };

/** The word for a judgement: “not yet” only where another try is left. */
export const wordOf = (correctness: Correctness, isSpent: boolean): Correctness | 'final' => (isSpent && correctness === 'incorrect' ? 'final' : correctness);

type Say = (scored: ScoredResponse, attempt: AttemptState | null, isOpinion: boolean) => string;

/** What came of an answer, in one sentence for eyes and ears. */
export function useVerdictWords(): Say {
  const t = useT();
  const format = useFormats();
  return useCallback(
    (scored, attempt, isOpinion) => {
      if (isOpinion && scored.correctness !== 'invalid') return t('learn.result.thanks');
      const left = attempt?.attempts_left ?? null;
      const words = t(`learn.result.${wordOf(scored.correctness, left === 0)}`);
      const number = (value: string): string => format.number(Number(value), { maximumFractionDigits: 2 });
      const isPlain = scored.correctness === 'ungraded' || scored.correctness === 'withheld' || scored.correctness === 'invalid';
      const points = isPlain || Number(scored.possible) === 0 ? '' : t('learn.result.points', { points: number(scored.points), possible: number(scored.possible), count: Number(scored.possible) });
      const isBetter = points !== '' && attempt !== null && Number(attempt.best_points) > Number(scored.points);
      const best = isBetter ? t('learn.result.best', { points: number(attempt.best_points), possible: number(scored.possible), count: Number(scored.possible) }) : '';
      const again = left !== null && left > 0 && scored.correctness !== 'correct' ? t('learn.result.left', { left }) : '';
      return [words, points, best, again].filter(Boolean).join(' ');
    },
    [t, format],
  );
}

export function Verdict({ scored, attempt, isOpinion }: { scored: ScoredResponse; attempt: AttemptState | null; isOpinion: boolean }) {
  const say = useVerdictWords();
  const kind = isOpinion && scored.correctness !== 'invalid' ? 'ungraded' : scored.correctness;
  return (
    <p className={`verdict verdict-${kind}`}>
      <Icon name={SIGNS[kind]} />
      <span>{say(scored, attempt, isOpinion)}</span>
    </p>
  );
}

export const hasWords = (result: PartResult): boolean => result.feedback.length > 0 || result.message !== '';

/** The judgement on one part: a sign, a word, and what its author says to it. */
export function Feedback({ result, urls, name, id, alone = false, isSpent = false }: { result: PartResult; urls: Record<string, string>; name?: string; id?: string; /** The only part: the verdict on the whole says the same word. */ alone?: boolean; isSpent?: boolean }) {
  const t = useT();
  if ((alone || result.correctness === 'ungraded') && !hasWords(result)) return null;
  return (
    <div className={`feedback feedback-${result.correctness}`} id={id}>
      {!alone && (
        <p className="feedback-head">
          <Icon name={SIGNS[result.correctness]} />
          {name && <span>{name}:</span>}
          <strong>{t(`learn.result.${wordOf(result.correctness, isSpent)}`)}</strong>
        </p>
      )}
      {result.message && <p>{result.message}</p>}
      {result.feedback.map((html) => (
        <Prose key={html} html={withAddresses(html, urls)} />
      ))}
    </div>
  );
}
