import type { Problem, Problem2 } from '@lib/api/courses';

/** What a new problem starts from: a question that an author can write over. */
export const STARTER = `<problem>
  <multiplechoiceresponse>
    <label>Which planet is closest to the sun?</label>
    <choicegroup>
      <choice correct="true">Mercury</choice>
      <choice correct="false">Venus</choice>
      <choice correct="false">Mars</choice>
    </choicegroup>
  </multiplechoiceresponse>
</problem>
`;

export type Writable = Problem2;

/** A problem as an author edits it: what is empty is left out, so that what matters stands out. */
export function textOfProblem(problem: Problem | Writable): string {
  return JSON.stringify(problem, (_, value: unknown) => (value === '' || value === null || (Array.isArray(value) && value.length === 0) ? undefined : value), 2);
}

/** The problem in a text, or why there is none. The server checks the rest. */
export function problemOfText(text: string): { problem: Writable; reason: '' } | { problem: undefined; reason: string } {
  try {
    const value = JSON.parse(text) as Partial<Writable>;
    if (typeof value !== 'object' || value === null || !Array.isArray(value.parts)) return { problem: undefined, reason: 'parts' };
    return { problem: { ...value, title: value.title ?? '', body: value.body ?? '', parts: value.parts }, reason: '' };
  } catch (error) {
    return { problem: undefined, reason: error instanceof Error ? error.message : '' };
  }
}
