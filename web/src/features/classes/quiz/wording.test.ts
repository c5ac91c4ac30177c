import { expect, test } from 'vitest';

import { emptyQuestion, idFor, lacks, moved, newQuiz, sent, written, type Written } from './wording';

const asked = (more: Partial<Written> = {}): Written => ({ ...emptyQuestion('quiz'), question: ' Which? ', options: [{ key: 'a', text: ' Bowline ', isRight: true }, { key: 'b', text: 'Granny', isRight: false }, { key: 'c', text: '  ', isRight: false }], ...more });

test('a question says what it lacks, one thing at a time', () => {
  const [right, wrong] = asked().options as [Written['options'][number], Written['options'][number]];

  expect(lacks(asked({ question: ' ' }))).toBe('question');
  expect(lacks(asked({ options: [right] }))).toBe('options');
  expect(lacks(asked({ options: [right, { ...wrong, text: 'Bowline' }] }))).toBe('twice');
  expect(lacks(asked({ options: [{ ...right, isRight: false }, wrong] }))).toBe('right');
  expect(lacks(asked({ kind: 'single', options: [{ ...right, isRight: false }, wrong] }))).toBeUndefined();
  expect(lacks(asked())).toBeUndefined();
});

test('rows left empty are no answers, and only a quiz says what is right', () => {
  const quiz = { ...newQuiz(0), title: ' Knots ', isAnonymous: true, questions: [asked(), asked({ kind: 'single', seconds: 30 })] };

  expect(sent(quiz)).toEqual({
    title: 'Knots',
    questions: [
      { question: 'Which?', kind: 'quiz', seconds: null, is_anonymous: true, options: [{ text: 'Bowline', is_right: true }, { text: 'Granny', is_right: false }] },
      { question: 'Which?', kind: 'single', seconds: 30, is_anonymous: true, options: [{ text: 'Bowline', is_right: false }, { text: 'Granny', is_right: false }] },
    ],
  });
});

test('a copy is a new thing, and ids stand in the order of time', () => {
  const view = { id: 'one', title: 'Knots', version: 4, is_asked: true, questions: [] };

  expect(written(view, 'two')).toMatchObject({ id: 'two', version: 0, title: 'Knots' });
  expect(written(view)).toMatchObject({ id: 'one', version: 4 });
  expect([idFor(2_000_000_000_000), idFor(1_900_000_000_000)].toSorted()[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  expect(idFor(1_900_000_000_000) < idFor(2_000_000_000_000)).toBe(true);
});

test('rows are moved within their list and not out of it', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
  expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
  expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
});
