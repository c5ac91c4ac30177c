import type { Author } from '../chat/ring';

export type Phase = 'scheduled' | 'open' | 'live' | 'ended' | 'archived' | 'cancelled';

export type Poll = {
  id: string;
  question: string;
  options: { id: string; text: string; isRight: boolean }[];
  kind: 'single' | 'multiple';
  isAnonymous: boolean;
  state: 'draft' | 'open' | 'closed' | 'revealed';
  answers: number;
  /** Votes by option; null while they are hidden, or too few to be anonymous. */
  results: Record<string, number> | null;
  /** One's own ballot; null where what was told to all says nothing of it. */
  mine: string[] | null;
  /** When it closes by itself, and after how long. */
  closesAt?: string | null;
  seconds?: number | null;
  /** The quiz it was prepared in, and which question of it this is, from 0. */
  quiz?: { id: string; title: string; place: number } | null;
};

export type Question = { id: string; author: Author; body: string; votes: number; state: 'open' | 'answered' | 'dismissed'; answer: string | null; iVoted: boolean | null; at: string; /** How much was said to it, in its thread. */ replies?: number };
export type Hand = { participant: Author; ticket: number; isCalled: boolean };
/** What all look at: words, a picture with its words, or the whiteboard. */
export type Slide = { kind: 'words' | 'picture' | 'board'; url: string | null; title: string; number: number; count: number };
/** Sound and pictures, where the site has a provider for them; a class is whole without. */
export type Conference = { kind: 'frame' | 'page' | 'playlist'; url: string };
export type Recording = {
  state: 'off' | 'recording' | 'paused';
  consent: 'needed' | 'given' | 'refused' | 'not_needed';
  /** Whether the organization wants somebody like this recorded at all. */
  mayBe: boolean;
};
export type Notice = { id: string; body: string; author: string; at: string };

export type RoomState = {
  phase: Phase;
  polls: Poll[];
  questions: Question[];
  hands: Hand[];
  handCount: number;
  slide: Slide | null;
  conference: Conference | null;
  recording: Recording;
  /** The conference server of the class, empty without one. */
  stageOf: string;
  spotlight: Author | null;
  /** Whether everybody may draw on the whiteboard, not only who presents. */
  everyoneDraws: boolean;
  announcements: Notice[];
  slowModeS: number;
  people: number;
  /** The messages that were taken away last: a thread that shows one takes its words away. */
  buried?: number[];
  reactions: Record<string, number>;
  isMuted: boolean;
  /** One's own role, which the host can change while the class is on. */
  role: string;
  inGroups: boolean;
  /** Whether one's own hand is up; the queue that all are told may end before it. */
  isMyHandUp: boolean;
};

export const EMPTY: RoomState = { phase: 'scheduled', polls: [], questions: [], hands: [], handCount: 0, slide: null, conference: null, recording: { state: 'off', consent: 'not_needed', mayBe: true }, stageOf: '', spotlight: null, everyoneDraws: false, announcements: [], slowModeS: 0, people: 0, reactions: {}, isMuted: false, role: 'learner', inGroups: false, isMyHandUp: false };

const ANNOUNCEMENTS_KEPT = 20;

const without = <Item extends { id: string }>(items: Item[], id: string): Item[] => items.filter((each) => each.id !== id);

/** What all are told of a poll says nothing of one's own ballot, and of counts only what may be seen. */
export function withPoll(polls: Poll[], next: Poll): Poll[] {
  const old = polls.find(({ id }) => id === next.id);
  if (!old) return [...polls, next];
  const poll = { ...next, mine: next.mine ?? old.mine, answers: next.answers || old.answers, results: next.results ?? (next.state === old.state ? old.results : null) };
  return polls.map((each) => (each.id === next.id ? poll : each));
}

export function withQuestion(questions: Question[], next: Question): Question[] {
  const old = questions.find(({ id }) => id === next.id);
  if (!old) return [...questions, next];
  return questions.map((each) => (each.id === next.id ? { ...next, iVoted: next.iVoted ?? old.iVoted } : each));
}

/** By votes, then by age: what most people want to know stands first. */
export const ranked = (questions: Question[]): Question[] => questions.toSorted((one, other) => other.votes - one.votes || one.at.localeCompare(other.at));

export function withHand(hands: Hand[], next: Hand, isUp: boolean): Hand[] {
  const others = hands.filter(({ participant }) => participant.id !== next.participant.id);
  return isUp ? [...others, next].toSorted((one, other) => one.ticket - other.ticket) : others;
}

export function withAnnouncement(announcements: Notice[], next: Notice): Notice[] {
  return [...without(announcements, next.id), next].slice(-ANNOUNCEMENTS_KEPT);
}
