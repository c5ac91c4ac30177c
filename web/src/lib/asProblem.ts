import { isProblem, type Problem } from '@lib/problem';

/** The error of a hook is a Problem, or a bug of ours that reads as one. */
export function asProblem(error: unknown): Problem | undefined {
  if (error === undefined) return undefined;
  return isProblem(error) ? error : { status: 500, code: 'client.bug', title: '', fields: {} };
}
