import { expect, test } from 'vitest';

import type { Poll } from '../room/state';
import { inOrder, nextStep } from './steps';

const poll = (id: string, state: Poll['state'], more: Partial<Poll> = {}): Poll => ({ id, state, question: id, options: [], kind: 'single', isAnonymous: false, answers: 0, results: null, mine: null, quiz: { id: 'q1', title: '', place: Number(id) }, ...more });

test('one key closes what is open, shows what was closed, then asks what comes next', () => {
  const prepared = [poll('2', 'draft', { quiz: { id: 'q2', title: '', place: 0 } }), poll('1', 'draft'), poll('0', 'draft')];

  expect(nextStep(inOrder(prepared, []), [])).toMatchObject({ verb: 'open', poll: { id: '0' } });
  const asked = (state: Poll['state']): Poll[] => [poll('0', state)];
  expect(nextStep(inOrder(prepared, asked('open')), asked('open'))).toMatchObject({ verb: 'close', poll: { id: '0' } });
  expect(nextStep(inOrder(prepared, asked('closed')), asked('closed'))).toMatchObject({ verb: 'reveal', poll: { id: '0' } });
  expect(nextStep(inOrder(prepared, asked('revealed')), asked('revealed'))).toMatchObject({ verb: 'open', poll: { id: '1' } });
  const all = prepared.map((each) => ({ ...each, state: 'revealed' as const }));
  expect(nextStep(inOrder(prepared, all), all)).toBeUndefined();
});

test('an anonymous result of too few is passed over, and quick polls are stepped through alike', () => {
  const lonely = poll('0', 'closed', { isAnonymous: true, answers: 2 });
  const quick = poll('9', 'open', { quiz: null });

  expect(nextStep(inOrder([poll('1', 'draft')], [lonely]), [lonely])).toMatchObject({ verb: 'open', poll: { id: '1' } });
  expect(nextStep([], [lonely, quick])).toMatchObject({ verb: 'close', poll: { id: '9' } });
});
