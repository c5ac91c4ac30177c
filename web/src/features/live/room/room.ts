import type { Journal } from '@lib/journal';
import { openLine, ownLine, Refused, type Line, type Position } from '@lib/live';
import { signal, type Signal } from '@lib/signal';

import { createFeed, type Feed } from '../board/feed';
import type { Author } from '../chat/ring';
import { asker, type Answer, type Ask } from './ask';
import { EMPTY, type Phase, type RoomState } from './state';
import { createTalk, type LiveTalk, type Talk } from './talk';
import { onStage, read, stateOf } from './wire';

type Me = Author & { muted_until?: string | null };

/** What every sign of life is answered with. */
export type Renewed = {
  join_token: string;
  /** How soon the server wants to hear from this page again: the same call says who is here. */
  renew_in_s?: number;
  participant: Me;
  state?: Phase;
  channels: { channel: string; token: string }[];
  connection_token: string | null;
};

/** What `join`, `guests` and `room` answer. */
export type Joined = Renewed & { class: ClassFacts; snapshot: { position: Position } & Record<string, unknown>; stage?: unknown };

export type ClassFacts = { id: string; title: string; description?: string; course_id?: string | null; starts_at?: string; ends_at?: string; code?: string | null; may_host?: boolean };

/** `back` says that the way back is being looked for; `out` that this person may not be here any more. */
export type Link = 'waiting' | 'connected' | 'back' | 'out';

type Group = { id: string; name: string; endsAt: string | null; talk: Talk };

type Start = {
  classId: string;
  joined: Joined;
  /** A sign of life, and a fresh token for the same seat. */
  renew: (token: string) => Promise<Answer<Renewed>>;
  /** Everything anew, when the place in the lane is lost. */
  again: (token: string) => Promise<Answer<Joined>>;
  journal?: Journal | undefined;
  connect?: (joined: Joined, token: () => Promise<string>) => Promise<Line>;
};

export type Room = {
  classId: string;
  facts: ClassFacts;
  me: Author;
  state: Signal<RoomState>;
  link: Signal<Link>;
  /** What the whole class says; the flood of it stays in its ring. */
  talk: Talk;
  /** While the class is in groups: one's own. */
  group: Signal<Group | undefined>;
  board: Feed;
  ask: Ask;
  /** Change what this page shows before the server's word comes round. */
  patch: (change: (state: RoomState) => RoomState) => void;
  leave: () => void;
};

const HEARTBEAT_S = 60;
const AGAIN_MS = 5000;
const LONGEST_QUEUE_MS = 4000;
const CONNECTS_WITHIN_MS = 4000;
const OUT = new Set([401, 403, 404, 410]);

const connectTo = (joined: Joined, token: () => Promise<string>): Promise<Line> =>
  joined.connection_token ? openLine({ token }) : ownLine();

/** Everything of one room on one page: its state, its conversations, and the way back after a loss. */
export function createRoom({ classId, joined: first, renew: ping, again, journal, connect = connectTo }: Start): Room {
  let joined = first;
  let gone = false;
  let line: Line | undefined;
  let renewing: Promise<boolean> | undefined;
  let beat: ReturnType<typeof setTimeout> | undefined;
  let firstConnection: string | null = first.connection_token;
  let entering: ReturnType<typeof setTimeout> | undefined;
  let leaveGroup = (): void => undefined;
  const stops: (() => void)[] = [];
  const me: Author = { id: first.participant.id, name: first.participant.name, role: first.participant.role };
  const state = signal<RoomState>(told(stateOf(first.snapshot, EMPTY, me.id), first));
  const link = signal<Link>('waiting');
  const group = signal<Group | undefined>(undefined);
  const board = createFeed(first.snapshot.position.offset);

  const take = (answer: Answer<Renewed>): boolean => {
    if (gone) return false;
    if ('error' in answer) {
      if (OUT.has(answer.error.status)) leaveFor('out');
      return false;
    }
    joined = { ...joined, ...answer.data };
    state.set(told(state.get(), answer.data));
    beatIn((joined.renew_in_s ?? HEARTBEAT_S) * 1000);
    return true;
  };
  const renew = (): Promise<boolean> => {
    renewing ??= ping(joined.join_token)
      .then(take)
      .finally(() => (renewing = undefined));
    return renewing;
  };
  const reload = async (): Promise<void> => {
    const answer = await again(joined.join_token);
    if (take(answer) && 'data' in answer) {
      state.set(told(stateOf(answer.data.snapshot, state.get(), me.id), answer.data));
      board.gap(answer.data.snapshot.position.offset);
    }
    void followGroup();
  };
  const beatIn = (ms: number): void => {
    clearTimeout(beat);
    beat = setTimeout(() => void renew().then((done) => done || gone || beatIn(AGAIN_MS)), ms);
  };
  const ask = asker(classId, () => joined.join_token, renew);
  const talk = createTalk({ ask, me, classId, journal });

  const onData = (of: LiveTalk) => (data: unknown): void => {
    const { state: next, heard, mind } = read(state.get(), data, me.id);
    state.set(next);
    board.hear(data);
    if (heard) of.hear(heard);
    if (mind === 'groups') void followGroup();
    if (mind === 'stage') enterSoon();
  };

  const tokenOf = async (channel: string): Promise<string> => {
    const isOfGroup = channel.includes('.');
    const fresh = isOfGroup ? (await groupOf())?.channel : (await renew()) && joined.channels.find((each) => each.channel === channel);
    if (fresh) return fresh.token;
    throw gone || isOfGroup ? new Refused() : new Error('no token yet');
  };
  const connectionToken = async (): Promise<string> => {
    const given = firstConnection;
    firstConnection = null;
    if (given) return given;
    if ((await renew()) && joined.connection_token) return joined.connection_token;
    throw gone ? new Refused() : new Error('no token yet');
  };

  type OwnGroup = { breakout: { ends_at: string | null; mine: { id: string; name: string } | null } | null; channel: { channel: string; token: string } | null };
  const groupOf = async (): Promise<OwnGroup | null> => {
    const answer = await ask<OwnGroup | null>('GET', 'breakouts/mine');
    return 'data' in answer ? answer.data : null;
  };
  /** Into one's group when the class goes into groups, and back when it comes back; what was said there stays there. */
  const followGroup = async (): Promise<void> => {
    const own = state.get().inGroups ? await groupOf() : null;
    const now = group.get();
    const mine = own?.breakout?.mine;
    if (gone || !mine || !own.channel || !line) return leaveGroup();
    const endsAt = own.breakout?.ends_at ?? null;
    if (now?.id === mine.id) return group.set({ ...now, endsAt });
    leaveGroup();
    const inner = createTalk({ ask, me, classId, group: mine.id, journal });
    const stop = follow(line, own.channel, inner);
    leaveGroup = () => {
      stop();
      inner.stop();
      group.set(undefined);
      leaveGroup = () => undefined;
    };
    group.set({ id: mine.id, name: mine.name, endsAt, talk: inner });
  };
  const enterStage = async (): Promise<void> => {
    const answer = await ask('POST', 'stage/enter', {});
    if ('data' in answer && !gone) state.set(onStage(state.get(), answer.data));
  };
  /** All are told at once, and a full class does not ask at once. */
  const enterSoon = (): void => {
    clearTimeout(entering);
    entering = setTimeout(() => void enterStage(), Math.random() * Math.min(LONGEST_QUEUE_MS, state.get().people / 2));
  };

  const follow = (open: Line, { channel, token }: { channel: string; token: string }, of: LiveTalk): (() => void) => {
    const isKept = !channel.startsWith('chat:');
    return open.listen({
      channel,
      token,
      renew: () => tokenOf(channel),
      since: isKept ? joined.snapshot.position : undefined,
      onData: onData(of),
      onStand: (whole) => {
        if (isKept && !whole) void reload();
        if (!isKept) of.stand();
        of.nudge();
      },
      onEnd: (code) => code < 2500 && code !== 0 && void renew(),
    });
  };
  const listen = (open: Line): void => {
    for (const each of joined.channels) stops.push(follow(open, each, talk));
    const slow = setTimeout(() => link.get() === 'waiting' && link.set('back'), CONNECTS_WITHIN_MS);
    stops.push(() => clearTimeout(slow));
    const watch = (): void => {
      const now = open.state.get();
      if (now === 'back') {
        talk.cut();
        (group.get()?.talk as LiveTalk | undefined)?.cut();
      }
      link.set(now === 'closed' ? 'back' : now);
      // The server ended it: either this person may not be here any more, which the door says, or it is tried again.
      if (now === 'closed') void renew().then((done) => done && joined.connection_token && setTimeout(() => gone || open.reopen(), AGAIN_MS));
    };
    watch();
    stops.push(open.state.follow(watch));
    void followGroup();
  };

  const leaveFor = (next: Link): void => {
    gone = true;
    clearTimeout(beat);
    clearTimeout(entering);
    for (const stop of stops.splice(0)) stop();
    leaveGroup();
    talk.stop();
    if (joined.connection_token) line?.close();
    link.set(next);
  };
  const goodbye = (): void => void ask('POST', 'leave', undefined, { keepalive: true });
  addEventListener('pagehide', goodbye);
  stops.push(() => removeEventListener('pagehide', goodbye));

  beatIn((joined.renew_in_s ?? HEARTBEAT_S) * 1000);
  void connect(first, connectionToken)
    .then((opened) => {
      line = opened;
      if (gone) return joined.connection_token ? opened.close() : undefined;
      return listen(opened);
    })
    .catch(() => link.set('back'));

  return {
    classId,
    facts: first.class,
    me,
    state,
    link,
    talk,
    group,
    board,
    ask,
    patch: (change) => state.set(change(state.get())),
    leave: () => {
      goodbye();
      leaveFor('waiting');
    },
  };
}

/** What a join or a sign of life says of oneself and of the class. */
function told(state: RoomState, { participant, state: phase, ...more }: Renewed & { stage?: unknown }): RoomState {
  const isMuted = participant.muted_until ? Date.parse(participant.muted_until) > Date.now() : false;
  return { ...(more.stage ? onStage(state, more.stage) : state), phase: phase ?? state.phase, role: participant.role, isMuted };
}
