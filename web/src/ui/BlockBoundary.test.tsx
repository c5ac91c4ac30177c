import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { BlockBoundary } from './BlockBoundary';

function Part({ error }: { error?: Error }) {
  if (error) throw error;
  return <p>shown</p>;
}

function lesson(error?: Error) {
  return (
    <>
      <BlockBoundary of={error} instead={<p>not shown</p>}>
        <Part {...(error ? { error } : {})} />
      </BlockBoundary>
      <button type="button">Next</button>
    </>
  );
}

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(cleanup);

test('a block that breaks says so in its place, and is tried anew when it has changed', () => {
  const { rerender } = render(lesson(new Error('broken')));
  expect(screen.getByText('not shown')).toBeTruthy();
  expect(screen.getByText('Next')).toBeTruthy();

  rerender(lesson());
  expect(screen.getByText('shown')).toBeTruthy();
});

test('code that an older release left behind is left to the page, which loads itself anew', () => {
  expect(() => render(lesson(new TypeError('Failed to fetch dynamically imported module: /assets/x.js')))).toThrow('dynamically imported');
});
