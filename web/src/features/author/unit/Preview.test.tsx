import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { BlockView } from '@lib/api/catalog';

import { Preview } from './Preview';

// The author's copy of the problem, as a bad import may have left it: without its parts.
vi.mock('@lib/api/courses', () => ({ useDraftProblemQuery: () => ({ data: { title: 'Half a problem' }, isLoading: false }) }));

const block = (id: string, content: object): BlockView => ({ id, title: id, settings: {}, content, children: [] }) as never;
const lesson = ({ block }: { block: BlockView }) => <p>{block.title}</p>;

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(cleanup);

test('a block with bad data is one bad block of the preview, and the others stand', () => {
  const blocks = [block('before', { kind: 'html' }), block('bad', { kind: 'problem', problem: 'version' }), block('after', { kind: 'html' })];

  render(<Preview course="c" unit="u" blocks={blocks} Lesson={lesson} />);

  expect(screen.getByText('before')).toBeTruthy();
  expect(screen.getByText('after')).toBeTruthy();
  expect(screen.getByText('author.block-failed')).toBeTruthy();
});
