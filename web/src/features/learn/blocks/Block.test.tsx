import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { LearnerBlock } from '@lib/api/progress';

import { Block } from './Block';

vi.mock('react-redux', async (load) => ({ ...(await load<object>()), useDispatch: () => () => undefined }));
vi.mock('@lib/api/progress', async (load) => ({ ...(await load<object>()), useMarkDoneMutation: () => [() => undefined, {}] }));

const WHERE = { course: 'c', unit: 'u' };
const block = (more: object): LearnerBlock => ({ id: 'b', title: 'Rolling dice', content: { kind: 'html', html: '<p>text</p>' }, rule: 'view', due_at: null, children: [], ...more }) as never;

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(cleanup);

test.each([
  ['a date that is none', { due_at: 'soon' }],
  ['children that are missing', { rule: 'manual', children: undefined }],
  ['no content at all', { content: null }],
])('a block with %s is one bad block beside others', (_, more) => {
  render(
    <>
      <Block block={block(more)} where={WHERE} />
      <Block block={block({ id: 'c' })} where={WHERE} />
    </>,
  );

  expect(screen.getByText('learn.block.failed')).toBeTruthy();
  expect(screen.getByText('text')).toBeTruthy();
});

test('what cannot be answered here shows its title and its words, and says what it is', () => {
  render(<Block block={block({ content: { kind: 'unsupported', source_kind: 'problem', reason: 'python', words: '<p>How likely is a six?</p>' } })} where={WHERE} />);

  expect(screen.getByRole('heading', { name: 'Rolling dice' })).toBeTruthy();
  expect(screen.getByText('How likely is a six?')).toBeTruthy();
  expect(screen.getByText('learn.unsupported.unanswerable')).toBeTruthy();
});
