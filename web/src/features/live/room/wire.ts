import type { Author, Comment } from '../chat/ring';
import type { Hand, Notice, Phase, Poll, Question, RoomState, Slide } from './state';
import { withAnnouncement, withHand, withPoll, withQuestion } from './state';

/** What comes over the sockets is read as data of unknown shape: what is missing gets a harmless value. */
type Loose = Record<string, unknown>;

const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const counts = (value: unknown): Record<string, number> => Object.fromEntries(Object.entries(loose(value)).map(([key, each]) => [key, count(each)]));

export const authorOf = (value: unknown): Author => {
  const { id, name, role } = loose(value);
  return { id: text(id), name: text(name), role: text(role) || 'learner' };
};

export function commentOf(value: unknown): Comment {
  const { seq, at, author, body, client_msg_id: clientId, reply_to: replyTo, is_deleted: isDeleted, deleted } = loose(value);
  const isGone = isDeleted === true || deleted === true;
  return { id: `s${text(seq)}`, seq: count(seq), clientId: text(clientId) || null, author: authorOf(author), body: isGone ? '' : text(body), at: text(at), replyTo: typeof replyTo === 'number' ? replyTo : null, isGone };
}

export function pollOf(value: unknown): Poll {
  const poll = loose(value);
  return {
    id: text(poll.id),
    question: text(poll.question),
    options: list(poll.options).map((each, index) => (typeof each === 'string' ? { id: String(index), text: each } : { id: text(loose(each).id), text: text(loose(each).text) })),
    kind: poll.kind === 'multiple' ? 'multiple' : 'single',
    isAnonymous: poll.is_anonymous === true,
    state: (text(poll.state) || 'open') as Poll['state'],
    closesAt: text(poll.closes_at) || null,
    answers: count(poll.answers),
    results: poll.results ? counts(poll.results) : null,
    mine: list(poll.my_ballot).map(text),
  };
}

export function questionOf(value: unknown): Question {
  const { id, author, body, votes, state, answer, i_voted: iVoted, at } = loose(value);
  return { id: text(id), author: authorOf(author), body: text(body), votes: count(votes), state: (text(state) || 'open') as Question['state'], answer: text(answer) || null, iVoted: iVoted === true, at: text(at) };
}

export function handOf(value: unknown): Hand {
  const { participant, raised_at: raisedAt, state } = loose(value);
  return { participant: authorOf(participant), raisedAt: text(raisedAt), isCalled: state === 'called' };
}

/** The first of the queue and how many it has; a bare list is the whole queue. */
function handsOf(value: unknown): Pick<RoomState, 'hands' | 'handCount'> {
  const hands = list(Array.isArray(value) ? value : (loose(value).queue ?? loose(value).hands)).map(handOf);
  return { hands, handCount: Math.max(count(loose(value).count), hands.length) };
}

function slideOf(value: Loose): Slide | null {
  if (!value.asset_url && !value.title) return null;
  return { url: text(value.asset_url) || null, title: text(value.title), number: count(value.number), count: count(value.count) };
}

const noticeOf = (value: Loose): Notice => ({ id: text(value.id) || text(value.seq), body: text(value.body), author: authorOf(value.author).name, at: text(value.at) });

function knownOwn(state: RoomState, me: string): RoomState {
  const isThere = state.hands.some(({ participant }) => participant.id === me);
  return { ...state, isMyHandUp: isThere || (state.isMyHandUp && state.handCount > state.hands.length) };
}

/** The room as a snapshot tells it. */
export function stateOf(value: unknown, before: RoomState, me: string): RoomState {
  const snapshot = loose(value);
  return knownOwn({
    ...before,
    phase: (text(snapshot.state) || before.phase) as Phase,
    polls: list(snapshot.polls).map(pollOf),
    questions: list(snapshot.questions).map(questionOf),
    ...handsOf(snapshot.hands),
    slide: slideOf(loose(snapshot.slide)),
    spotlight: snapshot.spotlight ? authorOf(snapshot.spotlight) : null,
    announcements: list(snapshot.announcements).map((each) => noticeOf(loose(each))),
    slowModeS: count(snapshot.slow_mode_s),
    people: count(loose(snapshot.counts).people) || before.people,
    isMuted: snapshot.is_muted === true,
  }, me);
}

export type Heard = { comments: Comment[]; rate?: number | undefined; total?: number | undefined; buried: number[] };

/** One publication, read: what it changes in the room, and what it brings for the chat. */
export function read(state: RoomState, data: unknown, me: string): { state: RoomState; heard?: Heard } {
  const told = loose(data);
  switch (told.t) {
    case 'message':
      return { state, heard: { comments: [commentOf(told)], buried: [] } };
    case 'messages':
      return { state, heard: { comments: list(told.messages).map(commentOf), rate: count(told.rate), total: count(told.total) || undefined, buried: [] } };
    case 'tombstone':
      return { state, heard: { comments: [], buried: [count(told.seq_of ?? told.message_seq)] } };
    case 'state':
      return { state: { ...state, phase: (text(told.state) || state.phase) as Phase } };
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
    case 'hand': {
      const hands = withHand(state.hands, handOf(told.hand), told.is_up !== false);
      return { state: knownOwn({ ...state, hands, handCount: Math.max(hands.length, state.handCount + hands.length - state.hands.length) }, me) };
    }
    case 'hands':
      return { state: knownOwn({ ...state, ...handsOf(told) }, me) };
    case 'announcement':
      return { state: { ...state, announcements: withAnnouncement(state.announcements, noticeOf(told)) } };
    case 'slow_mode':
      return { state: { ...state, slowModeS: count(told.seconds) } };
    case 'slide':
      return { state: { ...state, slide: slideOf(told) } };
    case 'spotlight':
      return { state: { ...state, spotlight: told.participant ? authorOf(told.participant) : null } };
    case 'reactions':
      return { state: { ...state, reactions: counts(told.counts) } };
    case 'people':
      return { state: { ...state, people: count(told.count) } };
    case 'notice':
      return { state: text(loose(told.participant).id) === me ? { ...state, isMuted: told.kind === 'muted' } : state };
    default:
      return { state };
  }
}
