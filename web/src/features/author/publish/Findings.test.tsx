import { cleanup, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, test, vi } from 'vitest';

import type { Finding } from '@lib/api/courses';

import { Findings } from './Findings';

vi.mock('@tanstack/react-router', () => ({ Link: ({ children }: { children: ReactNode }) => <span>{children}</span> }));
vi.mock('@lib/api/courses', () => {
  const node = (id: string, kind: string, title: string, children: object[] = [], block_kind: string | null = null) => ({ id, kind, title, block_kind, children });
  const unit = node('u', 'unit', 'Ropes', [node('b', 'block', '', [], 'video')]);
  const sections = [node('s', 'section', 'Harbours', [node('ss', 'subsection', 'Quays', [unit])])];
  return { useDraftOutlineQuery: () => ({ data: { sections } }) };
});
afterEach(cleanup);

const finding = (more: Partial<Finding>): Finding => ({ severity: 'error', code: 'missing_film', node: null, title: '', detail: 'There is no film to play', ...more });

test('a block without a title is named by its kind and its unit, never “the course”', () => {
  render(<Findings course="c" findings={[finding({ node: 'b' })]} />);

  expect(screen.getByText('author.untitled.video')).toBeTruthy();
  expect(screen.getByText('author.check.in')).toBeTruthy();
  expect(screen.queryByText('author.the-course')).toBeNull();
});

test('what is about the whole course says so', () => {
  render(<Findings course="c" findings={[finding({ code: 'empty' })]} />);

  expect(screen.getByText('author.the-course')).toBeTruthy();
});
