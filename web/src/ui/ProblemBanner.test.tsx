import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { voice } from '@lib/i18n';
import type { Problem } from '@lib/problem';

import ar from './i18n/ar.json';
import en from './i18n/en.json';
import { ProblemBanner } from './ProblemBanner';

const delayed = (retryAfterS: number): Problem => ({ status: 429, code: 'identity.login_delayed', title: 'Too many tries', retryAfterS, fields: {} });

beforeEach(() => voice.set({ locale: 'en', messages: en as never }));
afterEach(cleanup);

test.each([
  [1, 'Please try again in 1 second.'],
  [59.2, 'Please try again in 60 seconds.'],
  [601, 'Please try again in 11 minutes.'],
])('who tried too often is told so, and when to come back: after %s s', (seconds, words) => {
  render(<ProblemBanner problem={delayed(seconds)} />);

  expect(screen.getByText('Too many tries')).toBeTruthy();
  expect(screen.getByText(words)).toBeTruthy();
});

test('and in Arabic, with its own numbers of minutes', () => {
  voice.set({ locale: 'ar', messages: ar as never });

  render(<ProblemBanner problem={delayed(300)} />);

  expect(screen.getByText(/^من فضلك أعد المحاولة خلال/)).toBeTruthy();
});
