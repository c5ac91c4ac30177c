import type { PollKind, QuizIn, QuizView } from '@lib/api/live';

/** One question as it is being written; keys tie fields to their rows while rows come and go. */
export type Written = { key: string; question: string; kind: PollKind; seconds: number | null; options: { key: string; text: string; isRight: boolean }[] };
export type Writing = { id: string; version: number; title: string; isAnonymous: boolean; questions: Written[] };

export const MOST_QUESTIONS = 50;
export const MOST_OPTIONS = 20;

const key = (): string => crypto.randomUUID();
export const emptyOption = (): Written['options'][number] => ({ key: key(), text: '', isRight: false });
export const emptyQuestion = (kind: PollKind = 'single'): Written => ({ key: key(), question: '', kind, seconds: null, options: [emptyOption(), emptyOption()] });

/** An id in the order of time, as the server makes its own: what was prepared first stands first. */
export function idFor(now: number): string {
  const hex = now.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

export const newQuiz = (now: number): Writing => ({ id: idFor(now), version: 0, title: '', isAnonymous: false, questions: [emptyQuestion()] });

/** What was prepared, to be changed; under another id it is a copy. */
export function written(quiz: QuizView, copyAs?: string): Writing {
  return {
    id: copyAs ?? quiz.id,
    version: copyAs ? 0 : quiz.version,
    title: quiz.title,
    isAnonymous: quiz.questions.some(({ is_anonymous: isAnonymous }) => isAnonymous),
    questions: quiz.questions.map(({ question, kind, seconds, options }) => ({ key: key(), question, kind, seconds, options: options.map(({ text, is_right: isRight }) => ({ key: key(), text, isRight: isRight ?? false })) })),
  };
}

export type Lack = 'question' | 'options' | 'right' | 'twice';

/** What a question still lacks before it can be asked. Rows left empty at its end are no answers. */
export function lacks({ question, kind, options }: Written): Lack | undefined {
  const given = options.map(({ text }) => text.trim()).filter(Boolean);
  if (question.trim() === '') return 'question';
  if (given.length < 2) return 'options';
  if (new Set(given).size < given.length) return 'twice';
  if (kind === 'quiz' && !options.some(({ text, isRight }) => isRight && text.trim() !== '')) return 'right';
  return undefined;
}

export function sent({ title, isAnonymous, questions }: Writing): QuizIn {
  return {
    title: title.trim(),
    questions: questions.map(({ question, kind, seconds, options }) => ({
      question: question.trim(),
      kind,
      seconds,
      is_anonymous: isAnonymous,
      options: options.flatMap(({ text, isRight }) => (text.trim() === '' ? [] : [{ text: text.trim(), is_right: kind === 'quiz' && isRight }])),
    })),
  };
}

/** Take a row one place up or down; at the end it stays. */
export function moved<Row>(rows: Row[], from: number, step: -1 | 1): Row[] {
  const to = from + step;
  const row = rows[from];
  if (row === undefined || to < 0 || to >= rows.length) return rows;
  return rows.toSpliced(from, 1).toSpliced(to, 0, row);
}
