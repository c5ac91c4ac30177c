import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ShutDoor } from './ShutDoor';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-21T10:00:00Z') }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test('a class whose time has come without it waits for the teacher, and says so when the time comes', () => {
  render(<ShutDoor phase="scheduled" startsAt="2026-11-21T10:00:30Z" />);
  expect(screen.getByText('live.shut.starts')).toBeTruthy();
  expect(screen.getByRole('status').textContent).toBe('live.stage.soon');

  act(() => void vi.advanceTimersByTime(31_000));

  expect(screen.getByText('live.shut.late')).toBeTruthy();
  expect(screen.getByRole('status').textContent).toBe('live.shut.late-line');
});

test('one that comes much later waits without an alarm', () => {
  render(<ShutDoor phase="scheduled" startsAt="2027-11-21T10:00:00Z" />);

  act(() => void vi.advanceTimersByTime(1000));

  expect(screen.getByText('live.shut.starts')).toBeTruthy();
});
