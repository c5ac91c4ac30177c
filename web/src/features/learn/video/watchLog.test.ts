import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { draftKey } from '@lib/drafts';
import { memoryJournal } from '@lib/journal';
import { unreachable, type Problem } from '@lib/problem';

import { createWatchLog, type Report } from './watchLog';

const KEY = { user: 'ada', attempt: 'watched:algebra', question: 'film' };
type Send = (report: Report, options: { keepalive: boolean }) => Promise<void>;

function bench(send = vi.fn<Send>(async () => undefined), journal = memoryJournal()) {
  return { send, journal, log: createWatchLog({ key: KEY, send, journal }), held: () => journal.get(draftKey(KEY)) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what was watched', () => {
  test('is told in one report every ten seconds', async () => {
    const { log, send } = bench();

    for (let second = 0; second < 20; second += 1) {
      log.note([[second, second + 1]], 60, second + 1);
      await vi.advanceTimersByTimeAsync(1000);
    }

    expect(send.mock.calls.map(([report]) => report)).toEqual([
      { intervals: [[0, 10]], duration_s: 60, position_s: 10 },
      { intervals: [[10, 20]], duration_s: 60, position_s: 20 },
    ]);
  });

  test('is told at once when the film pauses', async () => {
    const { log, send, held } = bench();

    log.note([[0, 3]], 60, 3);
    await log.flush();

    expect(send).toHaveBeenCalledExactlyOnceWith({ intervals: [[0, 3]], duration_s: 60, position_s: 3 }, { keepalive: false });
    expect(await held()).toBeUndefined();
  });

  test('waits on this device while the server cannot be reached, and joins what comes after', async () => {
    const send = vi.fn<Send>().mockRejectedValueOnce(unreachable('client.offline')).mockResolvedValue(undefined);
    const { log, held } = bench(send);

    log.note([[0, 3]], 60, 3);
    await log.flush();
    const kept = (await held())?.value;
    log.note([[3, 6]], 60, 6);
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);

    expect(kept).toEqual({ intervals: [[0, 3]], duration_s: 60, position_s: 3 });
    expect(send.mock.lastCall?.[0]).toEqual({ intervals: [[0, 6]], duration_s: 60, position_s: 6 });
    expect(await held()).toBeUndefined();
  });

  test('is sent by the next page when this one could not', async () => {
    const journal = memoryJournal();
    const offline = vi.fn<Send>().mockRejectedValue(unreachable('client.offline'));
    const first = bench(offline, journal);
    first.log.note([[0, 3]], 60, 3);
    await first.log.flush();
    first.log.dispose();

    const second = bench(undefined, journal);
    await second.log.restore();

    expect(second.send).toHaveBeenCalledExactlyOnceWith({ intervals: [[0, 3]], duration_s: 60, position_s: 3 }, { keepalive: false });
    expect(await second.held()).toBeUndefined();
  });

  test('is let go when the server refuses it for good', async () => {
    const refusal: Problem = { status: 422, code: 'progress.bad_intervals', title: '', fields: {} };
    const { log, send, held } = bench(vi.fn<Send>().mockRejectedValue(refusal));

    log.note([[0, 3]], 60, 3);
    await log.flush();
    await vi.advanceTimersByTimeAsync(120_000);

    expect(send).toHaveBeenCalledOnce();
    expect(await held()).toBeUndefined();
  });

  test('of a film whose length is not known yet is not told', async () => {
    const { log, send } = bench();

    log.note([[0, 3]], Number.NaN, 3);
    await log.flush();

    expect(send).not.toHaveBeenCalled();
  });
});
