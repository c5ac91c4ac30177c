import { useEffect, useState, type CSSProperties } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';

import { mayHost, useAct, useRoom, useRoomState } from '../room/useRoom';
import type { Poll } from '../room/state';
import { withPoll } from '../room/state';
import { pollOf } from '../room/wire';
import { TimeLeft } from './TimeLeft';

const COUNT_MS = 2000;

/** One poll: a ballot while it is open, bars when its results may be seen. The choice can be changed until it closes. */
export function PollCard({ poll }: { poll: Poll }) {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const [chosen, setChosen] = useState<string[]>(poll.mine ?? []);
  const [busy, setBusy] = useState(false);
  const isOpen = poll.state === 'open';
  const cast = async (options: string[]): Promise<void> => {
    setChosen(options);
    if (options.length === 0) return;
    setBusy(true);
    const answer = await act(room.ask('PUT', `polls/${poll.id}/ballot`, { choices: options.map(Number) }));
    setBusy(false);
    if (answer === undefined) return setChosen(poll.mine ?? []);
    room.patch((state) => ({ ...state, polls: withPoll(state.polls, { ...poll, mine: options }) }));
  };
  const choose = (option: string): void => {
    if (poll.kind === 'single') void cast([option]);
    else void cast(chosen.includes(option) ? chosen.filter((each) => each !== option) : [...chosen, option]);
  };
  const mine = poll.options.filter(({ id }) => poll.mine?.includes(id));
  const verdict = poll.state !== 'revealed' || mine.length === 0 || !poll.options.some(({ isRight }) => isRight) ? undefined : mine.every(({ isRight }) => isRight) ? 'live.poll.was-right' : 'live.poll.was-wrong';
  const isHost = mayHost(useRoomState().role);
  return (
    <section className="poll card" aria-labelledby={`poll-${poll.id}`}>
      <div className="row between">
        <h2 id={`poll-${poll.id}`} dir="auto">
          {poll.question}
        </h2>
        {isOpen && poll.closesAt && <TimeLeft key={poll.id} closesAt={poll.closesAt} seconds={poll.seconds ?? null} />}
        {poll.isAnonymous && <Badge>{t('live.poll.anonymous')}</Badge>}
      </div>
      <p className="muted small" role="status">
        {poll.quiz?.title && (
          <>
            <bdi>{poll.quiz.title}</bdi> ·{' '}
          </>
        )}
        {t(isOpen ? 'live.poll.open' : 'live.poll.closed')}
        {poll.answers > 0 && <> · {t(isOpen ? 'live.poll.ballots' : 'live.poll.answers', { answers: poll.answers })}</>}
        {busy && <> · {t('live.poll.sending')}</>}
        {verdict && <> · {t(verdict)}</>}
        {!busy && isOpen && (poll.mine?.length ?? 0) > 0 && <> · {t('live.poll.counted')}</>}
      </p>
      {poll.results ? <Bars poll={poll} /> : isOpen ? <Ballot poll={poll} chosen={chosen} onChoose={choose} /> : <p className="muted">{t('live.poll.hidden')}</p>}
      {isHost && <HostTools poll={poll} />}
    </section>
  );
}

function Ballot({ poll, chosen, onChoose }: { poll: Poll; chosen: string[]; onChoose: (option: string) => void }) {
  const t = useT();
  return (
    <fieldset className="choices">
      <legend className="visually-hidden">{poll.kind === 'single' ? t('live.poll.choose-one') : t('live.poll.choose-many')}</legend>
      {poll.options.map((option) => (
        <label key={option.id} className="choice choice-boxed">
          <input type={poll.kind === 'single' ? 'radio' : 'checkbox'} name={`poll-${poll.id}`} checked={chosen.includes(option.id)} onChange={() => onChoose(option.id)} />
          <span className="grow" dir="auto">
            {option.text}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Bars({ poll }: { poll: Poll }) {
  const t = useT();
  const format = useFormats();
  const votes = poll.results ?? {};
  const all = Math.max(1, poll.kind === 'single' ? Object.values(votes).reduce((sum, each) => sum + each, 0) : poll.answers);
  return (
    <ul className="poll-bars">
      {poll.options.map((option) => {
        const share = (votes[option.id] ?? 0) / all;
        return (
          <li key={option.id} className="poll-bar" style={{ '--share': share } as CSSProperties}>
            <span className="poll-bar-text" dir="auto">
              {poll.mine?.includes(option.id) && <Icon name="check" />}
              {option.text}
              {option.isRight && <Badge tone="success">{t('live.poll.right')}</Badge>}
              {poll.mine?.includes(option.id) && <span className="visually-hidden">{t('live.poll.mine')}</span>}
            </span>
            <strong className="nums">{format.percent(share)}</strong>
            <span className="visually-hidden">{t('live.poll.votes', { votes: votes[option.id] ?? 0 })}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Close, then show: a late ballot is refused by the server whatever this page believes. */
function HostTools({ poll }: { poll: Poll }) {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const move = async (verb: 'open' | 'close' | 'reveal'): Promise<void> => {
    const next = await act(room.ask('POST', `polls/${poll.id}/${verb}`));
    if (next) room.patch((state) => ({ ...state, polls: withPoll(state.polls, pollOf(next)) }));
  };
  const isOpen = poll.state === 'open';
  useEffect(() => {
    if (!isOpen) return undefined;
    // While it runs only hosts may know how many have answered: nobody is told, they ask.
    const timer = setInterval(() => {
      void room.ask('GET', `polls/${poll.id}`).then((answer) => 'data' in answer && answer.data && room.patch((state) => ({ ...state, polls: withPoll(state.polls, pollOf(answer.data)) })));
    }, COUNT_MS);
    return () => clearInterval(timer);
  }, [isOpen, poll.id, room]);
  return (
    <div className="row">
      {poll.state === 'draft' && <Button onClick={() => void move('open')}>{t('live.poll.do-open')}</Button>}
      {poll.state === 'open' && <Button onClick={() => void move('close')}>{t('live.poll.do-close')}</Button>}
      {poll.state === 'closed' && <Button onClick={() => void move('reveal')}>{t('live.poll.do-reveal')}</Button>}
    </div>
  );
}
