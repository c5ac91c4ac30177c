import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createDraft, draftKey, type DraftState } from '@lib/drafts';
import { memoryJournal } from '@lib/journal';
import { unreachable, type Problem } from '@lib/problem';

const KEY = { user: 'ada', attempt: 'unit-1', question: 'q1' };
const conflict: Problem = { status: 412, code: 'stoa.precondition_failed', title: '', fields: { current: 'theirs' } };

function bench(send = vi.fn<(value: string, options: { keepalive: boolean }) => Promise<void>>(async () => undefined)) {
  const journal = memoryJournal();
  const states: DraftState[] = [];
  const make = () => createDraft<string>({ key: KEY, send, journal, onState: (state) => states.push(state) });
  return { journal, states, send, make, kinds: () => states.map((state) => state.kind), held: () => journal.get(draftKey(KEY)) };
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-21T10:42:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a draft', () => {
  test('is on this device at once and on the server after 600 ms of quiet', async () => {
    const { make, send, held } = bench();
    const draft = make();

    draft.change('x = 1');
    draft.change('x = 12');
    await vi.advanceTimersByTimeAsync(599);
    const before = [send.mock.calls.length, (await held())?.value];
    await vi.advanceTimersByTimeAsync(1);

    expect(before).toEqual([0, 'x = 12']);
    expect(send).toHaveBeenCalledExactlyOnceWith('x = 12', { keepalive: false });
  });

  test('is sent at least every 10 s while somebody types without a pause', async () => {
    const { make, send } = bench();
    const draft = make();

    for (let typed = 0; typed < 50; typed += 1) {
      draft.change(`word ${typed}`);
      await vi.advanceTimersByTimeAsync(400);
    }

    expect(send.mock.calls.length).toBeGreaterThanOrEqual(1);
    expect(send.mock.calls.length).toBeLessThanOrEqual(2);
  });

  test('leaves the device only when the server has it', async () => {
    const { make, held, kinds, states } = bench();
    const draft = make();

    draft.change('42');
    await vi.advanceTimersByTimeAsync(600);

    expect(await held()).toBeUndefined();
    expect(kinds()).toEqual(['saving', 'saved']);
    expect(states.at(-1)).toEqual({ kind: 'saved', at: Date.parse('2026-11-21T10:42:00.600Z') });
  });

  test('stays on the device while newer words were written during the sending', async () => {
    let arrive = (): void => undefined;
    const send = vi.fn<(value: string, options: { keepalive: boolean }) => Promise<void>>(() => new Promise((resolve) => (arrive = resolve)));
    const { make, held } = bench(send);
    const draft = make();

    draft.change('first');
    await vi.advanceTimersByTimeAsync(600);
    draft.change('second');
    arrive();
    await vi.advanceTimersByTimeAsync(0);
    const between = await held();
    await vi.advanceTimersByTimeAsync(600);
    arrive();
    await vi.advanceTimersByTimeAsync(0);

    expect(between?.value).toBe('second');
    expect(send.mock.calls.map(([value]) => value)).toEqual(['first', 'second']);
    expect(await held()).toBeUndefined();
  });

  test('is kept and retried when the server cannot be reached', async () => {
    const send = vi.fn<(value: string, options: { keepalive: boolean }) => Promise<void>>(async () => {
      throw unreachable('client.offline');
    });
    const { make, held, kinds } = bench(send);
    const draft = make();

    draft.change('42');
    await vi.advanceTimersByTimeAsync(600);
    const whileOffline = [kinds().at(-1), (await held())?.value];
    send.mockImplementation(async () => undefined);
    await vi.advanceTimersByTimeAsync(3000);

    expect(whileOffline).toEqual(['kept', '42']);
    expect(kinds().at(-1)).toBe('saved');
    expect(await held()).toBeUndefined();
  });

  test('is sent as soon as the network is back', async () => {
    const send = vi.fn<(value: string, options: { keepalive: boolean }) => Promise<void>>().mockRejectedValueOnce(unreachable('client.offline')).mockResolvedValue(undefined);
    const { make, kinds } = bench(send);
    const draft = make();

    draft.change('42');
    await vi.advanceTimersByTimeAsync(600);
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);

    expect(kinds().at(-1)).toBe('saved');
  });

  test('that was never acknowledged comes back with the next page and is sent', async () => {
    const { make, journal, send } = bench();
    await journal.put({ key: draftKey(KEY), user: 'ada', value: 'from yesterday', revision: 5, changedAt: 5 });
    const draft = make();

    const restored = await draft.restore();
    await vi.advanceTimersByTimeAsync(600);

    expect(restored).toBe('from yesterday');
    expect(send).toHaveBeenCalledWith('from yesterday', { keepalive: false });
    expect(await journal.ofUser('ada')).toEqual([]);
  });

  test('that was changed elsewhere is never overwritten silently', async () => {
    const send = vi.fn<(value: string, options: { keepalive: boolean }) => Promise<void>>().mockRejectedValue(conflict);
    const { make, states, held } = bench(send);
    const draft = make();

    draft.change('mine');
    await vi.advanceTimersByTimeAsync(600);
    draft.change('mine, longer');
    await vi.advanceTimersByTimeAsync(60_000);

    expect(states.at(-1)).toEqual({ kind: 'conflict', theirs: 'theirs' });
    expect(send).toHaveBeenCalledOnce();
    expect((await held())?.value).toBe('mine, longer');
  });

  test('after a conflict goes over theirs only when its writer says so', async () => {
    const send = vi.fn<(value: string, options: { keepalive: boolean }) => Promise<void>>().mockRejectedValueOnce(conflict).mockResolvedValue(undefined);
    const { make, kinds, held } = bench(send);
    const draft = make();
    draft.change('mine');
    await vi.advanceTimersByTimeAsync(600);

    await draft.resolve('mine');

    expect(send).toHaveBeenCalledTimes(2);
    expect([kinds().at(-1), await held()]).toEqual(['saved', undefined]);
  });

  test('after a conflict is let go when its writer takes theirs', async () => {
    const send = vi.fn<(value: string, options: { keepalive: boolean }) => Promise<void>>().mockRejectedValue(conflict);
    const { make, held, kinds } = bench(send);
    const draft = make();
    draft.change('mine');
    await vi.advanceTimersByTimeAsync(600);

    await draft.resolve('theirs');

    expect([kinds().at(-1), await held()]).toEqual(['clean', undefined]);
  });

  test('is sent with keepalive when its page goes', async () => {
    const { make, send } = bench();
    const draft = make();

    draft.change('last words');
    draft.dispose();
    await vi.advanceTimersByTimeAsync(0);

    expect(send).toHaveBeenCalledExactlyOnceWith('last words', { keepalive: true });
  });
});
