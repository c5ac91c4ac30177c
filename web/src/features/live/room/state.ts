import type { Author } from '../chat/ring';

export type Phase = 'scheduled' | 'open' | 'live' | 'ended' | 'archived' | 'cancelled';

export type Poll = {
  id: string;
  question: string;
  options: { id: string; text: string }[];
  kind: 'single' | 'multiple';
  isAnonymous: boolean;
  state: 'draft' | 'open' | 'closed' | 'revealed';
  closesAt: string | null;
  answers: number;
  /** Votes by option; null while they are hidden, or too few to be anonymous. */
  results: Record<string, number> | null;
  mine: string[];
};

export type Question = { id: string; author: Author; body: string; votes: number; state: 'open' | 'answered' | 'dismissed'; answer: string | null; iVoted: boolean; at: string };
export type Hand = { participant: Author; raisedAt: string; isCalled: boolean };
export type Slide = { url: string | null; title: string; number: number; count: number };
export type Notice = { id: string; body: string; author: string; at: string };

export type RoomState = {
  phase: Phase;
  polls: Poll[];
  questions: Question[];
  hands: Hand[];
  handCount: number;
  slide: Slide | null;
  spotlight: Author | null;
  announcements: Notice[];
  slowModeS: number;
  people: number;
  reactions: Record<string, number>;
  isMuted: boolean;
  /** Whether one's own hand is up; the queue that all are told may end before it. */
  isMyHandUp: boolean;
};

export const EMPTY: RoomState = { phase: 'scheduled', polls: [], questions: [], hands: [], handCount: 0, slide: null, spotlight: null, announcements: [], slowModeS: 0, people: 0, reactions: {}, isMuted: false, isMyHandUp: false };

const ANNOUNCEMENTS_KEPT = 20;

const without = <Item extends { id: string }>(items: Item[], id: string): Item[] => items.filter((each) => each.id !== id);

/** A poll as everybody was told it keeps what only this person knows: their own ballot. */
export function withPoll(polls: Poll[], next: Poll, isOwn = false): Poll[] {
  const old = polls.find(({ id }) => id === next.id);
  const poll = old && !isOwn ? { ...next, mine: old.mine, answers: Math.max(next.answers, next.results ? next.answers : old.answers) } : next;
  return old ? polls.map((each) => (each.id === next.id ? poll : each)) : [...polls, poll];
}

export function withQuestion(questions: Question[], next: Question, isOwn = false): Question[] {
  const old = questions.find(({ id }) => id === next.id);
  const question = old && !isOwn ? { ...next, iVoted: old.iVoted } : next;
  return old ? questions.map((each) => (each.id === next.id ? question : each)) : [...questions, question];
}

/** By votes, then by age: what most people want to know stands first. */
export const ranked = (questions: Question[]): Question[] => questions.toSorted((one, other) => other.votes - one.votes || one.at.localeCompare(other.at));

export function withHand(hands: Hand[], next: Hand, isUp: boolean): Hand[] {
  const others = hands.filter(({ participant }) => participant.id !== next.participant.id);
  return isUp ? [...others, next].toSorted((one, other) => one.raisedAt.localeCompare(other.raisedAt)) : others;
}

export function withAnnouncement(announcements: Notice[], next: Notice): Notice[] {
  return [...without(announcements, next.id), next].slice(-ANNOUNCEMENTS_KEPT);
}
