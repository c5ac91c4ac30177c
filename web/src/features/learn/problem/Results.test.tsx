import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { AttemptState, ScoredResponse } from '@lib/api/progress';
import { voice } from '@lib/i18n';

import en from '../i18n/en.json';
import { Verdict } from './Results';

const WRONG: ScoredResponse = { correctness: 'incorrect', points: '0', possible: '2', parts: [] } as never;
const after = (attempts_left: number | null, best_points = '0'): AttemptState => ({ attempts_left, best_points }) as never;

beforeEach(() => voice.set({ locale: 'en', messages: en as never }));
afterEach(cleanup);

test.each([
  ['another try', after(1), 'Not correct yet. 0 of 2 points. 1 attempt left.'],
  ['another try, one point to have', after(1), 'Not correct yet. 0 of 1 point. 1 attempt left.', '1'],
  ['tries without end', after(null), 'Not correct yet. 0 of 2 points.'],
  ['no try', after(0), 'Not correct. 0 of 2 points.'],
  ['no try, and one that was better', after(0, '1'), 'Not correct. 0 of 2 points. Your best try counts: 1 of 2 points.'],
])('a wrong answer with %s left', (_name, attempt, words, possible = '2') => {
  render(<Verdict scored={{ ...WRONG, possible }} attempt={attempt} isOpinion={false} />);

  expect(screen.getByText(words)).toBeTruthy();
});
