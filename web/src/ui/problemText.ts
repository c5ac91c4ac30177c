import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';

const OWN_WORDS: Record<string, string> = {
  'client.offline': 'offline',
  'client.timeout': 'timeout',
  'client.unreadable': 'server',
  'http.502': 'busy',
  'http.503': 'busy',
  'http.504': 'timeout',
  'stoa.deadline_exceeded': 'timeout',
  'stoa.unavailable': 'busy',
  'stoa.too_many': 'limit',
  'stoa.not_found': 'missing',
  'stoa.precondition_failed': 'changed',
  'http.404': 'missing',
};

/** A problem in the reader's language where we have the words, else in the server's. */
export function useProblemText(problem: Problem | undefined): { title: string; line: string } {
  const t = useT();
  // A feature may give its own words to a code of its service: "problem.of.<code>" in its catalogue.
  const special = problem && `problem.of.${problem.code}`;
  if (special && t.has(special)) return { title: t(special), line: '' };
  const kind = (problem && OWN_WORDS[problem.code]) ?? kindOf(problem?.status);
  const own = { title: t(`problem.${kind}.title`), line: t(`problem.${kind}.line`, { when: soon(problem?.retryAfterS ?? 60, t.locale) }) };
  const spoken = kind === 'other' && problem?.detail ? problem.detail : own.line;
  return { title: kind === 'other' && problem?.title ? problem.title : own.title, line: spoken };
}

function kindOf(status: number | undefined): string {
  if (status === undefined || status >= 500) return 'server';
  if (status === 404) return 'missing';
  if (status === 429) return 'limit';
  if (status === 412) return 'changed';
  if (status === 401) return 'signed-out';
  return 'other';
}

/** "in 40 seconds", "in 4 minutes": never less than what is asked for. */
function soon(seconds: number, locale: string): string {
  const words = new Intl.RelativeTimeFormat(locale);
  return seconds > 90 ? words.format(Math.ceil(seconds / 60), 'minute') : words.format(Math.ceil(seconds), 'second');
}
