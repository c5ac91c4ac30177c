import { useRoomState } from '../room/useRoom';
import { PollCard } from './PollCard';

/** The polls that matter now: those that are open, then the last one that was closed. */
export function Polls({ all = false }: { all?: boolean }) {
  const { polls } = useRoomState();
  const open = polls.filter(({ state }) => state === 'open');
  const over = polls.filter(({ state }) => state === 'closed' || state === 'revealed');
  const drafts = all ? polls.filter(({ state }) => state === 'draft') : [];
  const shown = [...open, ...drafts, ...(all ? over.toReversed() : over.slice(-1))];
  return (
    <>
      {shown.map((poll) => (
        <PollCard key={`${poll.id}-${poll.mine.join()}`} poll={poll} />
      ))}
    </>
  );
}
