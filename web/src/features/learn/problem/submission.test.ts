import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { draftKey } from '@lib/drafts';
import { memoryJournal } from '@lib/journal';
import { unreachable, type Problem } from '@lib/problem';

import { createSubmission, type Sent, type SubmissionState } from './submission';

const KEY = { user: 'ada', attempt: 'answer:algebra', question: 'p1' };
const RESPONSE = { answers: { a: '42' }, locale: 'en' };
const refusal = (status: number, code: string): Problem => ({ status, code, title: '', fields: {} });

function bench(send = vi.fn<(sent: Sent) => Promise<string>>(async () => 'scored'), journal = memoryJournal()) {
  const states: SubmissionState<string>[] = [];
  let made = 0;
  const submission = createSubmission<string>({ key: KEY, send, journal, onState: (state) => states.push(state), newKey: () => `key-${(made += 1)}` });
  return { submission, send, journal, states, kinds: () => states.map((state) => state.kind), held: () => journal.get(draftKey(KEY)) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an answer on its way', () => {
  test('is sent with a key and forgotten once it is scored', async () => {
    const { submission, send, kinds, held } = bench();

    await submission.submit(RESPONSE);

    expect(send).toHaveBeenCalledExactlyOnceWith({ attempt_key: 'key-1', response: RESPONSE });
    expect(kinds()).toEqual(['sending', 'scored']);
    expect(await held()).toBeUndefined();
  });

  test('is tried again under the same key until it comes through', async () => {
    const send = vi.fn<(sent: Sent) => Promise<string>>().mockRejectedValueOnce(unreachable('client.offline')).mockRejectedValueOnce(refusal(503, 'stoa.unavailable')).mockResolvedValue('scored');
    const { submission, kinds, held } = bench(send);

    await submission.submit(RESPONSE);
    const kept = await held();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(kept?.value).toEqual({ attempt_key: 'key-1', response: RESPONSE });
    expect(send.mock.calls.map(([sent]) => sent.attempt_key)).toEqual(['key-1', 'key-1', 'key-1']);
    expect(kinds().at(-1)).toBe('scored');
    expect(await held()).toBeUndefined();
  });

  test('is sent as soon as the network is back', async () => {
    const send = vi.fn<(sent: Sent) => Promise<string>>().mockRejectedValueOnce(unreachable('client.offline')).mockResolvedValue('scored');
    const { submission, kinds } = bench(send);

    await submission.submit(RESPONSE);
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);

    expect(kinds()).toEqual(['sending', 'waiting', 'sending', 'scored']);
  });

  test('is one answer however often the button is pressed', async () => {
    const send = vi.fn<(sent: Sent) => Promise<string>>().mockRejectedValueOnce(unreachable('client.offline')).mockResolvedValue('scored');
    const { submission } = bench(send);

    await submission.submit(RESPONSE);
    await submission.submit({ answers: { a: '43' }, locale: 'en' });

    expect(send.mock.calls.map(([sent]) => sent)).toEqual([
      { attempt_key: 'key-1', response: RESPONSE },
      { attempt_key: 'key-1', response: RESPONSE },
    ]);
  });

  test('is taken up by the next page under its old key', async () => {
    const journal = memoryJournal();
    const first = bench(vi.fn<(sent: Sent) => Promise<string>>().mockRejectedValue(unreachable('client.offline')), journal);
    await first.submission.submit(RESPONSE);
    first.submission.dispose();

    const second = bench(undefined, journal);
    const restored = await second.submission.restore();
    await vi.advanceTimersByTimeAsync(0);

    expect(restored).toEqual(RESPONSE);
    expect(second.send).toHaveBeenCalledExactlyOnceWith({ attempt_key: 'key-1', response: RESPONSE });
    expect(second.kinds().at(-1)).toBe('scored');
  });

  test('is let go when it is refused, and the next one has a new key', async () => {
    const send = vi.fn<(sent: Sent) => Promise<string>>().mockRejectedValueOnce(refusal(429, 'assessment.too_soon')).mockResolvedValue('scored');
    const { submission, states, held } = bench(send);

    await submission.submit(RESPONSE);
    const after = [states.at(-1)?.kind, await held()];
    await submission.submit(RESPONSE);

    expect(after).toEqual(['refused', undefined]);
    expect(send.mock.lastCall?.[0].attempt_key).toBe('key-2');
  });
});
