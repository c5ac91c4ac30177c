import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { memoryJournal, type Journal } from '@lib/journal';
import { unreachable, type Problem } from '@lib/problem';

import { createOutbox, type Letter, type Sent } from './outbox';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const letter = (name: string, at = 0): Letter => ({ clientId: name, body: `words of ${name}`, replyTo: null, writtenAt: `2026-11-21T10:00:0${at}Z` });
const refused: Problem = { status: 403, code: 'live.muted', title: 'Muted', fields: {} };
const busy: Problem = { status: 429, code: 'live.too_fast', title: 'Slower', retryAfterS: 7, fields: {} };

function box(answers: (() => { data: Sent } | { error: Problem })[], journal: Journal = memoryJournal()) {
  const log: string[] = [];
  const sent: string[] = [];
  const outbox = createOutbox({
    owner: 'live:room:me',
    send: async ({ clientId }) => {
      sent.push(clientId);
      return (answers.shift() ?? (() => ({ data: { seq: sent.length, at: '' } })))();
    },
    onSent: ({ clientId }, { seq }) => log.push(`${clientId} is ${seq}`),
    onWaits: ({ clientId }) => log.push(`${clientId} waits`),
    onRefused: ({ clientId }, { code }) => log.push(`${clientId} refused ${code}`),
    journal,
  });
  return { outbox, log, sent, journal };
}

const offline = () => ({ error: unreachable('client.offline') });

test('words stay on the device until the server has them', async () => {
  const { outbox, journal, log } = box([offline]);

  await outbox.post(letter('a'));
  const kept = await journal.ofUser('live:room:me');
  await vi.advanceTimersByTimeAsync(1500);

  expect(kept.map(({ value }) => (value as Letter).clientId)).toEqual(['a']);
  expect(await journal.ofUser('live:room:me')).toEqual([]);
  expect(log).toEqual(['a waits', 'a is 2']);
});

test('a lost answer is asked for again under the same id, and what follows keeps its order', async () => {
  const { outbox, sent } = box([offline, offline]);

  await outbox.post(letter('a'));
  await outbox.post(letter('b', 1));
  await vi.advanceTimersByTimeAsync(10_000);

  expect(sent).toEqual(['a', 'a', 'a', 'b']);
});

test('another page of the same device sends what the first could not, in the order it was written', async () => {
  const journal = memoryJournal();
  const first = box([offline, offline], journal);
  await first.outbox.post(letter('b', 2));
  await first.outbox.post(letter('a', 1));
  first.outbox.close();

  const second = box([], journal);
  const found = await second.outbox.restore();
  await vi.advanceTimersByTimeAsync(10);

  expect(found.map(({ clientId }) => clientId)).toEqual(['a', 'b']);
  expect(second.sent).toEqual(['a', 'b']);
  expect(await journal.ofUser('live:room:me')).toEqual([]);
});

test('a no is told with the words and not asked again; a "slower" is waited out', async () => {
  const { outbox, log, sent } = box([() => ({ error: refused }), () => ({ error: busy })]);

  await outbox.post(letter('a'));
  await outbox.post(letter('b', 1));
  await vi.advanceTimersByTimeAsync(6900);
  const early = [...sent];
  await vi.advanceTimersByTimeAsync(200);

  expect(early).toEqual(['a', 'b']);
  expect(log).toEqual(['a refused live.muted', 'b waits', 'b is 3']);
});

test('when the network is back nothing waits for its turn', async () => {
  const { outbox, log } = box([offline, offline, offline]);
  await outbox.post(letter('a'));
  await vi.advanceTimersByTimeAsync(4000);

  dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(1);

  expect(log.at(-1)).toBe('a is 4');
});
