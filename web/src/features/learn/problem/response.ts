import type { AttemptState, PartResult, ProblemView, Response, Tally } from '@lib/api/progress';
import { trusted } from '@lib/trusted';

export type PartView = ProblemView['parts'][number];
export type PartOf<Kind extends PartView['kind']> = Extract<PartView, { kind: Kind }>;
export type Answer = Response['answers'][string];
export type Answers = Record<string, Answer>;

export function isEmpty(answer: Answer | undefined): boolean {
  if (answer === undefined || answer === null) return true;
  if (typeof answer === 'string') return answer.trim() === '';
  if (Array.isArray(answer)) return answer.every((each) => each.trim() === '');
  return Object.keys(answer).length === 0;
}

/** What the learner sees at first: the draft where there is one, else the answer that was sent last. */
export function startAnswers(parts: PartView[], attempt: AttemptState | null): Answers {
  return answersOf(parts, attempt?.draft ?? attempt?.response);
}

export function answersOf(parts: PartView[], response: Response | null | undefined): Answers {
  const kept = response?.answers ?? {};
  return Object.fromEntries(parts.flatMap((part) => (isEmpty(kept[part.id]) ? [] : [[part.id, kept[part.id] as Answer]])));
}

/** The answers as the server takes them: every part is named, in the parts' order; what is empty is null; lists follow the choices. */
export function buildResponse(parts: PartView[], answers: Answers, locale: string): Response {
  return { answers: Object.fromEntries(parts.map((part) => [part.id, built(part, answers[part.id])])), locale };
}

function built(part: PartView, answer: Answer | undefined): Answer {
  if (answer === undefined || isEmpty(answer)) return null;
  switch (part.kind) {
    case 'multiple_choice':
      return Array.isArray(answer) ? part.choices.map((choice) => choice.id).filter((id) => answer.includes(id)) : null;
    case 'word_cloud':
      return Array.isArray(answer) ? answer.map((word) => word.trim()).filter((word) => word !== '') : null;
    default:
      return answer;
  }
}

export const nothingAnswered = (parts: PartView[], answers: Answers): boolean => parts.every((part) => isEmpty(answers[part.id]));

export const sameAnswer = (one: Answer | undefined, other: Answer | undefined): boolean =>
  (isEmpty(one) && isEmpty(other)) || JSON.stringify(one) === JSON.stringify(other);

export const resultsByPart = (parts: PartResult[] | undefined): Map<string, PartResult> => new Map((parts ?? []).map((part) => [part.part, part]));

/** A problem's own HTML names files and blocks as `asset:…` and `block:…`; here they get their addresses. */
export function withAddresses(html: string, urls: Record<string, string>): string {
  if (!/(asset|block):/.test(html)) return html;
  return html.replace(/(["'(])((?:asset|block):[^"')]*)/g, (all, before: string, url: string) => {
    const address = urls[url] ?? urls[url.replaceAll('&amp;', '&')];
    return address === undefined ? all : before + address.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  });
}

export const addressOf = (url: string, urls: Record<string, string>): string => urls[url] ?? url;

/** The text of a fragment, for places that take no markup: menus, names of controls. */
export function textOf(html: string): string {
  if (!/[<&]/.test(html)) return html.trim();
  const { body } = new DOMParser().parseFromString(trusted.createHTML(html), 'text/html');
  // Formulas carry their source as an annotation, which is not to be read twice.
  for (const source of body.querySelectorAll('annotation, annotation-xml')) source.remove();
  return (body.textContent ?? '').replace(/\s+/g, ' ').trim();
}

/** Counts of one part, and of one question of a survey. */
export function countsOf(tallies: Tally[], part: string, question?: string): Map<string, number> {
  const mine = tallies.filter((tally) => tally.part === part);
  if (question === undefined) return new Map(mine.map((tally) => [tally.option, tally.count]));
  const prefix = `${question}:`;
  return new Map(mine.flatMap((tally) => (tally.option.startsWith(prefix) ? [[tally.option.slice(prefix.length), tally.count] as const] : [])));
}
