import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { useProblemText } from '@ui/problemText';
import { Button } from '@ui/Button';
import { Forbidden } from '@ui/Forbidden';
import { Icon } from '@ui/Icon';

type Props = {
  problem: Problem | undefined;
  /** What is not lost: "Your answers are saved." */
  safe?: ReactNode;
  onRetry?: (() => void) | undefined;
  level?: 1 | 2 | 3;
  /** The way back from what is not there or not this person's, where there is a better one than the search. */
  back?: ReactNode;
};

/** What happened, what is safe, a retry and the request id. A 403 says who can help, a 404 where to search. */
export function ErrorState({ problem, safe, onRetry, level = 2, back }: Props) {
  const t = useT();
  const { title, line } = useProblemText(problem);
  if (problem?.status === 403) {
    // Of a right that is lacking the server tells the name: who can give it is the better word.
    const words = problem.code === 'stoa.forbidden' ? undefined : (problem.hint ?? problem.detail);
    return <Forbidden detail={words} level={level} back={back} />;
  }
  const isMissing = problem?.status === 404;
  const Heading = `h${level}` as const;
  return (
    <div className="state" role="alert">
      <Icon name={problem?.status === 0 ? 'offline' : isMissing ? 'search' : 'error'} />
      <Heading>{title}</Heading>
      <div className="state-line">
        <p>{line}</p>
        {safe && <p>{safe}</p>}
      </div>
      {isMissing && back}
      {isMissing && !back && (
        <Link className="btn btn-secondary" to="/catalog" search={{}}>
          {t('missing-page.search')}
        </Link>
      )}
      {!isMissing && onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          {t('ui.retry')}
        </Button>
      )}
      {problem?.requestId && !isMissing && <p className="state-id">{t('ui.request-id', { id: problem.requestId })}</p>}
    </div>
  );
}
