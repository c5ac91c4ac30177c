import { signal } from '@lib/signal';
import type { Problem } from '@lib/problem';

import { createFeed } from '../board/feed';
import type { Letter } from '../chat/outbox';
import { createRing, type Author, type Comment } from '../chat/ring';
import type { Answer } from '../room/ask';
import type { Link, Room } from '../room/room';
import { EMPTY, type RoomState } from '../room/state';
import type { Page } from '../room/talk';

const PEOPLE: Author[] = ['Jonas Richter', 'Amara Sy', 'Hana Tanaka', 'Omar Ünal', 'Farid Venter', 'Mei Wong', 'Dalia Xenakis', 'Kofi Yeboah', 'Bo Zhang', 'Ines Alves', 'Noor Lund', 'Elif Moran'].map((name, at) => ({ id: `p${at}`, name, role: 'learner' }));
const WORDS = ['Sound is fine here', 'Got it!', 'Is this on the exam?', 'مرحبا من عمّان', 'Could you repeat the last step?', 'Clear now, thank you', 'Why does the rank drop when two rows match? I computed it by hand and got a different pivot in row three, so maybe I swapped the wrong rows.', 'x = 3, y = -1', 'שלום מכולם', 'Thanks, that picture helped a lot', 'So the null space is a subspace, right?'];
export const TEACHER: Author = { id: 't', name: 'Vera Costa', role: 'host' };

export function commentAt(seq: number): Comment {
  const isTeacher = seq % 23 === 0;
  return {
    id: `s${seq}`,
    seq,
    clientId: null,
    author: isTeacher ? TEACHER : (PEOPLE[(seq * 7) % PEOPLE.length] as Author),
    body: isTeacher ? 'Look at the second row first.' : (WORDS[(seq * 5) % WORDS.length] as string),
    at: '2026-11-21T10:00:00Z',
    replyTo: null,
    isGone: seq % 41 === 0,
  };
}

const range = (from: number, to: number): Comment[] => Array.from({ length: Math.max(0, to - from) }, (_, at) => commentAt(from + at));
const wireOf = ({ author, replyTo, ...comment }: Comment): unknown => ({ ...comment, participant: author.id, name: author.name, role: author.role, client_msg_id: null, reply_to: replyTo, removed: comment.isGone });

/** A room without a server, for the gallery and for measuring the page alone: the same ring, the same state, its own crowd. */
export function galleryRoom({ state = {}, link = 'connected', role = 'learner', said = 40 }: { state?: Partial<RoomState>; link?: Link; role?: string; said?: number } = {}): Room {
  const me: Author = { id: 'me', name: 'Nadia Karam', role };
  const ring = createRing();
  ring.fill(range(Math.max(1, said - 60), said), said);
  const held = signal<RoomState>({ ...EMPTY, phase: 'live', people: 8112, role, ...state });
  let own = 0;
  const answers = async <T>(method: string, path: string): Promise<Answer<T>> => {
    if (method === 'GET' && path.startsWith('people')) return { data: { items: [TEACHER, me, ...PEOPLE], next: null } as T };
    return { data: null as T };
  };
  const pageOf = async (from: number, to: number): Promise<Answer<Page>> => ({ data: { items: range(Math.max(1, from), to).map(wireOf) } });
  return {
    classId: 'gallery',
    facts: { id: 'gallery', title: 'Office hours: subspaces', code: '482913' },
    me,
    state: held,
    link: signal(link),
    talk: {
      ring,
      refusal: signal<{ letter: Letter; problem: Problem } | undefined>(undefined),
      say: (body) => {
        own += 1;
        ring.echo({ id: `own${own}`, seq: null, clientId: `own${own}`, author: me, body, at: new Date().toISOString(), replyTo: null, isGone: false, local: 'sending' });
      },
      older: (before) => pageOf(before - 60, before),
      newer: (after) => pageOf(after + 1, after + 61),
    },
    board: createFeed(0),
    group: signal<ReturnType<Room['group']['get']>>(undefined),
    ask: answers,
    patch: (change) => held.set(change(held.get())),
    leave: () => ring.stop(),
  };
}

/** A crowd that says `rate` comments a second, as the server sends them: one frame of JSON for each tick. */
export function crowd(room: Room, rate: number, from: number): () => void {
  const TICK_MS = 100;
  let seq = from;
  const timer = setInterval(() => {
    const next = seq + Math.round((rate * TICK_MS) / 1000);
    const frame = JSON.stringify({ t: 'messages', rate, total: next, messages: range(seq, next) });
    seq = next;
    const { messages, rate: told, total } = JSON.parse(frame) as { messages: Comment[]; rate: number; total: number };
    room.talk.ring.offer({ comments: messages, rate: told, total }, room.me.id);
  }, TICK_MS);
  return () => clearInterval(timer);
}
