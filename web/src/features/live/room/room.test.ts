import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { memoryJournal, type Journal } from '@lib/journal';
import type { Line, LineState, Listen } from '@lib/live';
import { signal } from '@lib/signal';

import { createRoom, type Joined, type Room } from './room';

type Call = { method: string; path: string; body: unknown; join: string | null };

let calls: Call[];
let answer: (call: Call) => Response | Promise<Response>;
const rooms: Room[] = [];

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const view = (seq: number, over: Record<string, unknown> = {}): Record<string, unknown> => ({ seq, room: null, kind: 'message', participant: 'p2', name: 'Amara', role: 'learner', body: `words ${seq}`, reply_to: null, question: null, client_msg_id: `c${seq}`, at: '2026-11-21T10:00:00Z', held: null, removed: false, ...over });
const tick = (...messages: Record<string, unknown>[]): unknown => ({ t: 'messages', rate: messages.length, total: messages.length, messages });

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  answer = () => json({ items: [] });
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    const call = { method: init.method ?? 'GET', path: url.replace(/^\/api\/v1\/live\/classes\/k\//, ''), body: init.body ? JSON.parse(String(init.body)) : undefined, join: new Headers(init.headers).get('stoa-join') };
    calls.push(call);
    return answer(call);
  });
});
afterEach(() => {
  for (const room of rooms.splice(0)) room.leave();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const JOINED: Joined = {
  join_token: 'one',
  renew_in_s: 60,
  participant: { id: 'me', name: 'Me', role: 'learner' },
  class: { id: 'k', title: 'Subspaces' },
  snapshot: { position: { epoch: 'e', offset: 7 }, state: 'live', slow_mode_s: 0, polls: [], questions: [], hands: { count: 0, queue: [] } },
  channels: [
    { channel: 'class:k', token: 'c1' },
    { channel: 'chat:k', token: 'h1' },
  ],
  connection_token: 'guest',
};

type Start = Parameters<typeof createRoom>[0];

async function enter({ renew = vi.fn(async () => ({ data: { ...JOINED, join_token: 'two' } })), again = renew as Start['again'], journal = memoryJournal() }: Partial<Pick<Start, 'renew' | 'again'>> & { journal?: Journal } = {}) {
  const wishes = new Map<string, Listen>();
  const state = signal<LineState>('waiting');
  const line: Line = { state, listen: (wish) => (wishes.set(wish.channel, wish), () => wishes.delete(wish.channel)), reopen: () => undefined, close: () => undefined };
  const room = createRoom({ classId: 'k', joined: JOINED, renew, again, journal, connect: async () => line });
  rooms.push(room);
  await vi.advanceTimersByTimeAsync(1);
  state.set('connected');
  const told = async (channel: 'class' | 'chat', data: unknown): Promise<void> => {
    wishes.get(`${channel}:k`)?.onData(data, undefined);
    await vi.advanceTimersByTimeAsync(600);
  };
  return { room, wishes, state, told, renew, bodies: () => room.talk.ring.view().rows.map(({ body }) => body) };
}

test('the lossless lane is followed from where the snapshot stands, the chat from now', async () => {
  const { wishes } = await enter();

  expect(wishes.get('class:k')?.since).toEqual({ epoch: 'e', offset: 7 });
  expect(wishes.get('chat:k')?.since).toBeUndefined();
});

test('what the teacher says in one lane and what the others say in the other stand in one order', async () => {
  const { told, bodies, wishes } = await enter();
  wishes.get('chat:k')?.onStand?.(true);

  await told('chat', tick(view(1), view(3)));
  await told('class', { t: 'message', seq: 8, at: '', message: view(2, { role: 'host', name: 'Vera' }) });

  expect(bodies()).toEqual(['words 1', 'words 2', 'words 3']);
});

test('what is said between coming in and standing in the channel is not lost', async () => {
  const { wishes, bodies } = await enter();
  answer = () => json({ items: [view(1)] });

  wishes.get('chat:k')?.onStand?.(true);
  await vi.advanceTimersByTimeAsync(2000);

  expect(bodies()).toEqual(['words 1']);
  expect(calls.filter(({ path }) => path.startsWith('messages?'))).toHaveLength(1);
});

test('a connection that the server ends is asked about at the door', async () => {
  const { room, state } = await enter({ renew: async () => ({ error: { status: 403, code: 'live.removed', title: '', fields: {} } }) });

  state.set('closed');
  await vi.advanceTimersByTimeAsync(10);

  expect(room.link.get()).toBe('out');
});

test('what was said while the connection was cut is asked for by number when it is back, one’s own words between it or not', async () => {
  const { room, told, state, wishes, bodies } = await enter();
  wishes.get('chat:k')?.onStand?.(true);
  await told('chat', tick(view(1), view(2)));
  answer = ({ method, path }) => (method === 'POST' ? json({ seq: 5, at: '2026-11-21T10:00:05Z' }) : path.startsWith('messages?after=2') ? json({ items: [view(3), view(4), view(5, { participant: 'me', client_msg_id: 'other' })] }) : json({ items: [] }));

  state.set('back');
  room.talk.say('mine');
  await vi.advanceTimersByTimeAsync(50);
  state.set('connected');
  wishes.get('chat:k')?.onStand?.(false);
  await vi.advanceTimersByTimeAsync(600);

  expect(bodies()).toEqual(['words 1', 'words 2', 'words 3', 'words 4', 'mine']);
  expect(room.link.get()).toBe('connected');
});

test('a position that is lost brings the whole state anew', async () => {
  const again = vi.fn(async () => ({ data: { ...JOINED, join_token: 'two', snapshot: { ...JOINED.snapshot, state: 'ended' } } }));
  const { room, wishes } = await enter({ again });

  wishes.get('class:k')?.onStand?.(false);
  await vi.advanceTimersByTimeAsync(10);

  expect(again).toHaveBeenCalledWith('one');
  expect(room.state.get().phase).toBe('ended');
});

test('the seat is renewed once a minute, and questions carry the newest token', async () => {
  const { room, renew } = await enter();

  await vi.advanceTimersByTimeAsync(60_000);
  await room.ask('GET', 'people');

  expect(renew).toHaveBeenCalledTimes(1);
  expect(calls.at(-1)).toMatchObject({ path: 'people', join: 'two' });
});

test('a token that is over is renewed once and the question asked again, under the same key', async () => {
  const { room } = await enter();
  const keys: (string | null)[] = [];
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    keys.push(new Headers(init.headers).get('idempotency-key'));
    return new Headers(init.headers).get('stoa-join') === 'one' ? json({ code: 'live.join_needed' }, 401) : json({ fine: true });
  });

  const done = await room.ask('POST', 'hands');

  expect(done).toEqual({ data: { fine: true } });
  expect(keys[0]).toBe(keys[1]);
});

test('whoever is removed leaves the room for good', async () => {
  const { room } = await enter({ renew: async () => ({ error: { status: 403, code: 'live.removed', title: '', fields: {} } }) });

  await vi.advanceTimersByTimeAsync(60_000);

  expect(room.link.get()).toBe('out');
});

test('words that could not be sent are sent by the next page of the same device', async () => {
  const journal = memoryJournal();
  answer = ({ method }) => (method === 'POST' ? Promise.reject(new TypeError('no network')) : json({ items: [] }));
  const first = await enter({ journal });
  first.room.talk.say('kept words');
  await vi.advanceTimersByTimeAsync(50);
  const waiting = first.room.talk.ring.view().rows.at(-1)?.local;
  first.room.leave();

  answer = ({ method }) => (method === 'POST' ? json({ seq: 1, at: '' }) : json({ items: [] }));
  const second = await enter({ journal });
  await vi.advanceTimersByTimeAsync(100);

  expect(waiting).toBe('kept');
  expect(second.bodies()).toEqual(['kept words']);
  expect(calls.filter(({ path, method }) => path === 'messages' && method === 'POST').map(({ body }) => (body as { body: string }).body)).toEqual(['kept words', 'kept words']);
});

test('into one’s group when the class goes into groups, and back', async () => {
  answer = ({ path }) =>
    path === 'breakouts/mine' ? json({ breakout: { id: 'b', opened_at: '', ends_at: null, groups: [], mine: { id: 'g', number: 2, name: '2', size: 3 } }, channel: { channel: 'chat:k.g', token: 'g1' } }) : path.includes('room=g') ? json({ items: [view(1, { room: 'g', body: 'in the group' })] }) : json({ items: [] });
  const { room, told, wishes } = await enter();

  await told('class', { t: 'breakout', state: 'open', id: 'b', ends_at: null, groups: 3 });
  wishes.get('chat:k.g')?.onStand?.(true);
  await vi.advanceTimersByTimeAsync(10);
  const inside = room.group.get();
  await told('class', { t: 'breakout', state: 'closed', id: 'b', ends_at: null, groups: 3 });

  expect(inside?.name).toBe('2');
  expect(inside?.talk.ring.view().rows.map(({ body }) => body)).toEqual(['in the group']);
  expect(room.group.get()).toBeUndefined();
  expect(wishes.has('chat:k.g')).toBe(false);
});

test('polls keep one’s own ballot, votes and hands what all are told', async () => {
  const { room, told } = await enter();
  const poll = { id: 'q', question: 'Clear?', options: [{ text: 'Yes' }, { text: 'No' }], kind: 'single', is_anonymous: false, state: 'open', ballots: null, results: null, mine: null };

  await told('class', { t: 'poll', poll });
  room.patch((state) => ({ ...state, polls: state.polls.map((each) => ({ ...each, mine: ['1'] })) }));
  await told('class', { t: 'poll_closed', poll: { ...poll, state: 'closed' } });
  await told('class', { t: 'poll_results', poll: { ...poll, state: 'revealed', ballots: 3, results: { ballots: 3, counts: [1, 2] } } });
  await told('class', { t: 'hands', count: 40, queue: [{ ticket: 1, participant: 'p2', name: 'Amara', raised_at: '', called: false }] });
  await told('class', { t: 'hand', ticket: 1, participant: 'p2', name: 'Amara', raised_at: '', called: true });
  await told('class', { t: 'question', question: { id: 'a', participant: 'p2', name: 'Amara', body: 'Why?', state: 'open', votes: 0, answer: '', asked_at: '' } });
  await told('class', { t: 'question_votes', votes: { a: 12 } });

  const { polls, hands, handCount, questions } = room.state.get();
  expect(polls).toMatchObject([{ state: 'revealed', mine: ['1'], answers: 3, results: { 0: 1, 1: 2 } }]);
  expect([hands.length, handCount, hands[0]?.isCalled, questions[0]?.votes]).toEqual([1, 40, true, 12]);
});

const STAGE = { provider: 'livekit', kind: 'frame', url: 'https://meet.example/custom/?token=a', token: 'a', right: 'speaker', expires_at: null, problem: '', recording: { state: 'off', consent: 'not_needed', may_be_recorded: true } };

test('a recording that begins mid-class asks the stage anew: what one says to it, and what one may send', async () => {
  const { room, told } = await enter();
  answer = ({ path }) => json(path === 'stage/enter' ? { ...STAGE, recording: { state: 'recording', consent: 'needed', may_be_recorded: true } } : { items: [] });

  await told('class', { t: 'recording', seq: 8, recording: 'r', state: 'recording' });

  expect(calls.filter(({ path }) => path === 'stage/enter')).toHaveLength(1);
  expect(room.state.get()).toMatchObject({ recording: { state: 'recording', consent: 'needed', mayBe: true }, stageOf: 'livekit', conference: { url: STAGE.url } });
  await told('class', { t: 'recording', seq: 9, recording: 'r', state: 'off' });
  expect(calls.filter(({ path }) => path === 'stage/enter')).toHaveLength(2);
});

test('a new role and the start of the class ask for a fresh way onto the stage, once each', async () => {
  const { told } = await enter();
  answer = ({ path }) => json(path === 'stage/enter' ? STAGE : { items: [] });
  const asked = (): number => calls.filter(({ path }) => path === 'stage/enter').length;

  await told('class', { t: 'notice', kind: 'role', participant: 'p2', name: 'Amara', role: 'speaker' });
  expect(asked()).toBe(0);
  await told('class', { t: 'notice', kind: 'role', participant: 'me', name: 'Me', role: 'speaker' });
  expect(asked()).toBe(1);
  await told('class', { t: 'state', state: 'live' });
  expect(asked()).toBe(2);
});

test('the board hears of the lane in its order, and of a place that was lost', async () => {
  const { room, told } = await enter({ again: vi.fn(async () => ({ data: { ...JOINED, snapshot: { ...JOINED.snapshot, position: { epoch: 'e', offset: 30 } } } })) as Start['again'] });
  const news: unknown[] = [];
  room.board.follow((each) => news.push(each));

  await told('class', { t: 'board', seq: 8, elements: ['x'] });
  await told('class', { t: 'board_rule', seq: 9, everyone: true });

  expect(news).toEqual([{ seq: 8, elements: ['x'], wiped: false }]);
  expect([room.board.heardTo(), room.state.get().everyoneDraws]).toEqual([9, true]);
});
