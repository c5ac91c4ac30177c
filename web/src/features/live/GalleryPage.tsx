import './live.css';

import { useEffect, useState } from 'react';

import { Page } from '@ui/Page';

import { Controls } from './host/Controls';
import { Drawing } from './host/Engagement';
import { HandsQueue } from './host/HandsQueue';
import { QuickPolls } from './host/QuickPolls';
import { RecordingControls } from './host/RecordingControls';
import { RoomOrder } from './host/RoomOrder';
import { commentAt, crowd, galleryRoom, TEACHER } from './sample/room';
import { ConsentGate } from './room/ConsentGate';
import { RoomView } from './room/RoomView';
import type { RoomState } from './room/state';
import { RoomContext } from './room/useRoom';

const POLL = {
  id: 'one',
  question: 'Which step was hardest?',
  options: ['Finding pivots', 'Back substitution', 'Reading the null space', 'None of them'].map((text, at) => ({ id: String(at), text, isRight: false })),
  kind: 'single' as const,
  isAnonymous: true,
  answers: 3904,
};
const LIVE: Partial<RoomState> = {
  slide: { kind: 'words', url: null, title: 'What does the null space tell about the rows?', number: 7, count: 24 },
  spotlight: TEACHER,
  polls: [{ ...POLL, state: 'revealed', results: { 0: 1796, 1: 703, 2: 1015, 3: 390 }, mine: ['0'] }],
  questions: [
    { id: 'q1', author: commentAt(3).author, body: 'Can a null space be empty?', votes: 31, state: 'open', answer: null, iVoted: true, at: '2026-11-21T10:00:00Z' },
    { id: 'q2', author: commentAt(5).author, body: 'Is the row space orthogonal to it?', votes: 12, state: 'open', answer: null, iVoted: false, at: '2026-11-21T10:01:00Z' },
    { id: 'q3', author: commentAt(8).author, body: 'Where are the slides?', votes: 3, state: 'answered', answer: 'Beside the course.', iVoted: false, at: '2026-11-21T10:02:00Z' },
  ],
  hands: [
    { participant: commentAt(11).author, ticket: 1, isCalled: true },
    { participant: commentAt(12).author, ticket: 2, isCalled: false },
  ],
  handCount: 2,
  reactions: { like: 12, celebrate: 310, heart: 48, laugh: 3, wow: 9, confused: 5 },
  announcements: [{ id: 'a', body: 'The exercise sheet is in unit 4; it is due on Friday.', author: 'Vera Costa', at: '' }],
};
const MINUTES = Array.from({ length: 30 }, (_, at) => ({ at: new Date(Date.UTC(2026, 10, 21, 10, at)).toISOString(), comments: Math.round(30 + 25 * Math.sin(at / 3)), reactions: (at * 13) % 37, questions: (at * 7) % 5 }));
const BALLOT: Partial<RoomState> = { ...LIVE, announcements: [], polls: [{ ...POLL, state: 'open', results: null, mine: null, answers: 0 }] };
const STATES: Record<string, Parameters<typeof galleryRoom>[0]> = {
  live: { state: LIVE, said: 960 },
  ballot: { state: BALLOT, said: 960 },
  back: { state: BALLOT, link: 'back' },
  lobby: { state: { phase: 'open', people: 12 }, said: 0 },
  asked: { state: { ...LIVE, recording: { state: 'recording', consent: 'needed', mayBe: true }, stageOf: 'livekit' }, role: 'guest' },
  declined: { state: { ...LIVE, recording: { state: 'paused', consent: 'refused', mayBe: true }, stageOf: 'livekit' } },
  ended: { state: { ...LIVE, phase: 'ended' } },
  muted: { state: { ...BALLOT, isMuted: true, slowModeS: 10 } },
  host: { state: BALLOT, role: 'host' },
  console: { state: { ...LIVE, recording: { state: 'recording', consent: 'given', mayBe: true }, stageOf: 'livekit' }, role: 'host' },
};

/** The room in each of its states, without a server: `?state=`; `?rate=` lets a crowd talk. English only: it is a tool, not a page. */
export default function GalleryPage() {
  const [query] = useState(() => new URLSearchParams(location.search));
  const name = query.get('state') ?? 'live';
  const rate = Number(query.get('rate') ?? 0);
  const [room] = useState(() => galleryRoom(STATES[name] ?? {}));
  useEffect(() => (rate > 0 ? crowd(room, rate, 1000) : undefined), [room, rate]);
  if (name === 'consent') {
    return (
      <Page title="Live class" width="text">
        <ConsentGate onAgree={() => undefined} />
      </Page>
    );
  }
  if (name === 'console') {
    return (
      <RoomContext value={room}>
        <Page title="Office hours: subspaces">
          <Controls />
          <RecordingControls />
          <QuickPolls />
          <HandsQueue />
          <RoomOrder />
          <Drawing minutes={MINUTES} />
        </Page>
      </RoomContext>
    );
  }
  return (
    <RoomContext value={room}>
      <RoomView />
    </RoomContext>
  );
}
