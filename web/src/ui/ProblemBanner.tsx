import type { Problem } from '@lib/problem';
import { Banner } from '@ui/Banner';
import { useProblemText } from '@ui/problemText';

/** An error of an action, beside that action; the form around it stays as it was. */
export function ProblemBanner({ problem }: { problem: Problem | undefined }) {
  const { title, line } = useProblemText(problem);
  if (!problem) return null;
  return (
    <Banner tone="danger">
      <strong>{title}</strong>
      {line && line !== title && <p>{line}</p>}
      {problem.hint && <p>{problem.hint}</p>}
    </Banner>
  );
}
