import type { Author, Comment } from '../chat/ring';
import type { Conference, Hand, Notice, Phase, Poll, Question, Recording, RoomState, Slide } from './state';
import { withAnnouncement, withHand, withPoll, withQuestion } from './state';

const BURIED_KEPT = 100;

/** What comes over the sockets is read as data of unknown shape: what is missing gets a harmless value. */
type Loose = Record<string, unknown>;

const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const counts = (value: unknown): Record<string, number> => Object.fromEntries(Object.entries(loose(value)).map(([key, each]) => [key, count(each)]));

/** A person stands either as an object of their own or flat beside what they said. */
export const authorOf = (value: unknown): Author => {
  const { id, participant, name, role } = loose(value);
  return { id: text(id ?? participant), name: text(name), role: text(role) || 'learner' };
};

const flatAuthor = ({ participant, name, role }: Loose): Author => authorOf({ participant, name, role });

export function commentOf(value: unknown): Comment {
  const told = loose(value);
  const isGone = told.removed === true;
  return {
    id: `s${text(told.seq)}`,
    seq: count(told.seq),
    clientId: text(told.client_msg_id) || null,
    author: flatAuthor(told),
    body: isGone ? '' : text(told.body),
    at: text(told.at),
    replyTo: typeof told.reply_to === 'number' ? told.reply_to : null,
    isGone,
    isHeld: Boolean(told.held),
  };
}

const placesOf = (value: unknown): string[] => list(value).map(text);

export function pollOf(value: unknown): Poll {
  const poll = loose(value);
  const results = poll.results ? loose(poll.results) : null;
  return {
    id: text(poll.id),
    question: text(poll.question),
    options: list(poll.options).map((each, index) => ({ id: String(index), text: text(loose(each).text), isRight: loose(each).is_right === true })),
    kind: poll.kind === 'multiple' ? 'multiple' : 'single',
    isAnonymous: poll.is_anonymous === true,
    state: (text(poll.state) || 'open') as Poll['state'],
    answers: count(results?.ballots ?? poll.ballots),
    results: results ? Object.fromEntries(list(results.counts).map((each, index) => [String(index), count(each)])) : null,
    mine: poll.mine === null || poll.mine === undefined ? null : placesOf(poll.mine),
    closesAt: text(poll.closes_at) || null,
    seconds: count(poll.seconds) || null,
    quiz: poll.quiz ? { id: text(loose(poll.quiz).id), title: text(loose(poll.quiz).title), place: count(loose(poll.quiz).place) } : null,
  };
}

export function questionOf(value: unknown): Question {
  const told = loose(value);
  return {
    id: text(told.id),
    author: flatAuthor(told),
    body: text(told.body),
    votes: count(told.votes),
    state: (text(told.state) || 'open') as Question['state'],
    answer: text(told.answer) || null,
    iVoted: typeof told.voted === 'boolean' ? told.voted : null,
    at: text(told.asked_at),
    replies: count(told.replies),
  };
}

export function handOf(value: unknown): Hand {
  const told = loose(value);
  return { participant: flatAuthor(told), ticket: count(told.ticket), isCalled: told.called === true };
}

/** The first of the queue and how many it has; a bare list is the whole queue. */
function handsOf(value: unknown): Pick<RoomState, 'hands' | 'handCount'> {
  const hands = list(Array.isArray(value) ? value : loose(value).queue).map(handOf);
  return { hands, handCount: Math.max(count(loose(value).count), hands.length) };
}

/** A slide is what the presenter's page wrote: ours has a kind, a title, an address, a number. */
function slideOf(given: unknown): Slide | null {
  const value = loose(given);
  const url = text(value.url) || null;
  if (!url && !value.title && value.kind !== 'board') return null;
  return { kind: value.kind === 'board' ? 'board' : url ? 'picture' : 'words', url, title: text(value.title), number: count(value.number), count: count(value.count) };
}

/** What the join says of sound and pictures. */
export function conferenceOf(value: unknown): Conference | null {
  const { kind, url } = loose(value);
  return (kind === 'frame' || kind === 'page' || kind === 'playlist') && text(url) ? { kind, url: text(url) } : null;
}

export function recordingOf(value: unknown): Recording {
  const { state, consent, may_be_recorded: mayBe } = loose(value);
  return {
    state: state === 'recording' || state === 'paused' ? state : 'off',
    consent: consent === 'needed' || consent === 'given' || consent === 'refused' ? consent : 'not_needed',
    mayBe: mayBe !== false,
  };
}

/** The way onto the stage as it is now: what is heard and seen, and whether that is recorded. */
export function onStage(state: RoomState, answer: unknown): RoomState {
  const { provider, recording } = loose(answer);
  return { ...state, conference: conferenceOf(answer), recording: recordingOf(recording), stageOf: text(provider) };
}

const noticeOf = (value: Loose): Notice => ({ id: text(value.seq), body: text(value.body), author: text(value.name), at: text(value.at) });

function knownOwn(state: RoomState, me: string): RoomState {
  const isThere = state.hands.some(({ participant }) => participant.id === me);
  return { ...state, isMyHandUp: isThere || (state.isMyHandUp && state.handCount > state.hands.length) };
}

/** The room as a snapshot tells it, one's own part among it. */
export function stateOf(value: unknown, before: RoomState, me: string): RoomState {
  const snapshot = loose(value);
  const own = loose(snapshot.own);
  const ballots = loose(own.ballots);
  const votes = new Set(list(own.votes).map(text));
  const next: RoomState = {
    ...before,
    phase: (text(snapshot.state) || before.phase) as Phase,
    polls: list(snapshot.polls).map(pollOf).map((poll) => ({ ...poll, mine: poll.id in ballots ? placesOf(ballots[poll.id]) : poll.mine })).toReversed(),
    questions: list(snapshot.questions).map(questionOf).map((question) => ({ ...question, iVoted: votes.has(question.id) })),
    ...handsOf(snapshot.hands),
    slide: slideOf(snapshot.slide),
    spotlight: snapshot.spotlight ? authorOf(snapshot.spotlight) : null,
    everyoneDraws: snapshot.everyone_draws === true,
    slowModeS: count(snapshot.slow_mode_s),
    people: count(loose(snapshot.counts).people) || before.people,
    inGroups: Boolean(snapshot.breakout),
    isMyHandUp: Boolean(own.hand),
  };
  return knownOwn(next, me);
}

/** Reactions come as those of the last second: the page counts them up. */
const plus = (before: Record<string, number>, more: Record<string, number>): Record<string, number> => ({ ...before, ...Object.fromEntries(Object.entries(more).map(([kind, times]) => [kind, times + (before[kind] ?? 0)])) });

/** Comments are numbered from one on, so the highest number is how many there have been. */
function heardOf(messages: unknown[]): Heard {
  const comments = messages.map(commentOf);
  return { comments, total: Math.max(0, ...comments.map(({ seq }) => seq ?? 0)), buried: [] };
}

export type Heard = { comments: Comment[]; rate?: number | undefined; total?: number | undefined; buried: number[] };

/** One publication, read: what it changes in the room, and what it brings for the chat. */
export function read(state: RoomState, data: unknown, me: string): { state: RoomState; heard?: Heard; mind?: 'groups' | 'stage' } {
  const told = loose(data);
  switch (told.t) {
    case 'message':
      return { state, heard: heardOf([told.message]) };
    case 'announcement':
      return { state: { ...state, announcements: withAnnouncement(state.announcements, noticeOf(loose(told.message))) }, heard: heardOf([told.message]) };
    case 'messages':
      return { state, heard: { ...heardOf(list(told.messages)), rate: count(told.rate) } };
    case 'tombstone':
      return { state: told.room ? state : { ...state, buried: [...(state.buried ?? []), count(told.message)].slice(-BURIED_KEPT) }, heard: { comments: [], buried: told.room ? [] : [count(told.message)] } };
    case 'state':
      return { state: { ...state, phase: (text(told.state) || state.phase) as Phase }, ...(told.state === 'live' ? { mind: 'stage' as const } : {}) };
    case 'poll':
    case 'poll_closed':
    case 'poll_results':
      return { state: { ...state, polls: withPoll(state.polls, pollOf(told.poll)) } };
    case 'question':
      return { state: { ...state, questions: withQuestion(state.questions, questionOf(told.question)) } };
    case 'question_votes': {
      const votes = counts(told.votes);
      return { state: { ...state, questions: state.questions.map((each) => (each.id in votes ? { ...each, votes: votes[each.id] as number } : each)) } };
    }
    case 'question_replies': {
      const replies = counts(told.replies);
      return { state: { ...state, questions: state.questions.map((each) => (each.id in replies ? { ...each, replies: replies[each.id] as number } : each)) } };
    }
    case 'hand': {
      const hands = withHand(state.hands, handOf(told), true);
      return { state: knownOwn({ ...state, hands, handCount: Math.max(hands.length, state.handCount + hands.length - state.hands.length) }, me) };
    }
    case 'hands':
      return { state: knownOwn({ ...state, ...handsOf(told) }, me) };
    case 'recording':
      // Whoever has not been asked yet is asked now, and who has not agreed may send nothing: the stage says so.
      return { state: { ...state, recording: { ...state.recording, state: recordingOf(told).state } }, mind: 'stage' };
    case 'slow_mode':
      return { state: { ...state, slowModeS: count(told.slow_mode_s) } };
    case 'slide':
      return { state: { ...state, slide: slideOf(told.slide) } };
    case 'spotlight':
      return { state: { ...state, spotlight: told.participant ? flatAuthor(told) : null } };
    case 'board_rule':
      return { state: { ...state, everyoneDraws: told.everyone === true } };
    case 'reactions':
      return { state: { ...state, reactions: plus(state.reactions, counts(told.counts)) } };
    case 'people':
      return { state: { ...state, people: count(told.count) } };
    case 'notice':
      return told.kind === 'role' && text(told.participant) === me ? { state: { ...state, role: text(told.role) || state.role }, mind: 'stage' } : { state };
    case 'breakout':
      return { state: { ...state, inGroups: told.state === 'open' }, mind: 'groups' };
    case 'stage':
      return { state, mind: 'stage' };
    default:
      return { state };
  }
}
