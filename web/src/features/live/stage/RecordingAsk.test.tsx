import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { voice } from '@lib/i18n';

import en from '../i18n/en.json';
import { RoomContext } from '../room/useRoom';
import type { RoomState } from '../room/state';
import { galleryRoom } from '../sample/room';
import { RecordingAsk } from './RecordingAsk';

const ASKED: Partial<RoomState> = { recording: { state: 'recording', consent: 'needed', mayBe: true } };
const told = (consent: string): unknown => ({ provider: 'livekit', kind: 'frame', url: 'https://meet.example/', recording: { state: 'recording', consent, may_be_recorded: true } });

beforeEach(() => voice.set({ locale: 'en', messages: en as never }));
afterEach(cleanup);

function show(state: Partial<RoomState>, role = 'learner') {
  const room = galleryRoom({ state, role });
  const ask = vi.fn(async (_method: string, _path: string, body?: { agrees: boolean }) => ({ data: told(body?.agrees ? 'given' : 'refused') }));
  render(
    <RoomContext value={{ ...room, ask: ask as never }}>
      <RecordingAsk />
    </RoomContext>,
  );
  return { room, ask };
}

test('who declines is told what stays theirs, and may change the answer', async () => {
  const { room, ask } = show(ASKED);

  fireEvent.click(screen.getByRole('button', { name: 'I do not agree' }));
  await screen.findByText('You are not recorded: you hear, see and write.');
  expect(ask).toHaveBeenCalledWith('POST', 'stage/consent', { agrees: false, is_of_age: false });
  expect(room.state.get().recording.consent).toBe('refused');

  fireEvent.click(screen.getByRole('button', { name: 'Change my answer' }));
  fireEvent.click(screen.getByRole('button', { name: 'I agree' }));
  await screen.findByText('You agreed to be recorded.');
  expect(room.state.get().conference?.url).toBe('https://meet.example/');
});

test('a guest agrees only when old enough, and may always decline', async () => {
  const { ask } = show(ASKED, 'guest');
  const agree = screen.getByRole('button', { name: 'I agree' });

  expect(agree).toHaveProperty('disabled', true);
  fireEvent.click(screen.getByRole('checkbox'));
  fireEvent.click(agree);
  await waitFor(() => expect(ask).toHaveBeenCalledWith('POST', 'stage/consent', { agrees: true, is_of_age: true }));
});

test('nobody is asked without a recording, nor who is not recorded anyway', () => {
  show({ recording: { state: 'off', consent: 'needed', mayBe: true } });
  expect(screen.queryByRole('heading')).toBeNull();
  cleanup();

  show({ recording: { state: 'recording', consent: 'needed', mayBe: false } }, 'guest');
  expect(screen.queryByRole('button')).toBeNull();
  expect(screen.getByText(/Guests of this organization are not recorded/)).toBeTruthy();
});
