import { useT } from '@lib/i18n';

import { useRoomState } from '../room/useRoom';
import { PollCard } from './PollCard';

/** The polls that matter now: those that are open, and folded away the last one that was closed; hosts see all. */
export function Polls({ all = false }: { all?: boolean }) {
  const t = useT();
  const { polls } = useRoomState();
  const now = polls.filter(({ state }) => state === 'open' || (all && state === 'draft'));
  const over = polls.filter(({ state }) => state === 'closed' || state === 'revealed').toReversed();
  const [last] = over;
  return (
    <>
      {now.map((poll) => (
        <PollCard key={`${poll.id}-${poll.mine?.join() ?? ''}`} poll={poll} />
      ))}
      {all && over.map((poll) => <PollCard key={poll.id} poll={poll} />)}
      {!all && last && (
        <details className="poll-over">
          <summary>
            <strong>{t('live.poll.results')}</strong> <bdi>{last.question}</bdi>
          </summary>
          <PollCard poll={last} />
        </details>
      )}
    </>
  );
}
