import { expect, test } from 'vitest';

import type { Problem } from '@lib/api/courses';

import { viewOf } from './problemView';

const PROBLEM: Problem = {
  title: 'Moons',
  body: '<p>Which one is a moon? <span data-part="p1"></span></p>',
  parts: [
    {
      kind: 'single_choice',
      id: 'p1',
      label: '',
      description: '',
      points: '1',
      inline: false,
      shuffle: false,
      pool: 0,
      choices: [
        { id: 'a', html: 'Titan', credit: '1', feedback: 'SECRET-right', feedback_unselected: '', fixed: false },
        { id: 'b', html: 'Mars', credit: '0', feedback: 'SECRET-wrong', feedback_unselected: '', fixed: false },
      ],
    },
    { kind: 'numerical', id: 'p2', label: 'How many?', description: '', points: '2', inline: false, answers: [{ value: '146', tolerance: '', interval: '', credit: '1', feedback: '' }], close_factor: '0', unit: 'km', significant_figures: 0, size: 0, trailing_text: '' },
    { kind: 'free_text', id: 'p3', label: 'Why?', description: '', points: '1', inline: false, size: 0 },
  ],
  hints: ['SECRET-hint'],
  solution: 'SECRET-solution',
  weight: null,
  max_attempts: 3,
  show_answer: 'finished',
  show_correctness: 'always',
  wait_s: 0,
  remarks: ['SECRET-remark'],
};

test('what a learner would see of a problem holds no key, no feedback and no solution', () => {
  const view = viewOf(PROBLEM, 'v1');

  expect(JSON.stringify(view)).not.toMatch(/SECRET|146|credit/);
  expect(view).toMatchObject({ id: 'v1', hints: 1, has_solution: true, is_scored: true, possible: '3', max_attempts: 3 });
  expect(view.parts.map((part) => part.kind)).toEqual(['single_choice', 'numerical', 'free_text']);
});
