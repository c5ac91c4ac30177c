import { lazy, Suspense, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';

import { announce } from '@lib/announce';
import { useTallyOfQuery, type AttemptState, type LearnerBlock, type ProblemView } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Prose } from '@ui/Prose';
import { SaveState } from '@ui/SaveState';

import type { Where } from '../player/cache';
import { Hints } from './Hints';
import { isInline } from './parts/kind';
import { PartField } from './parts/PartField';
import { nothingAnswered, resultsByPart, withAddresses, type PartView } from './response';
import { Feedback, Verdict, useVerdictWords } from './Results';
import { findSlots, type Slots } from './slots';
import { SolutionPanel } from './SolutionPanel';
import { useProblem } from './useProblem';

const Compare = lazy(() => import('./Compare'));
const WITH_TALLY = new Set<PartView['kind']>(['poll', 'survey', 'word_cloud']);

type Props = { block: LearnerBlock; view: ProblemView; urls: Record<string, string>; where: Where };

/** A problem: its words with an input in each slot, the answer's state, and what came of it. */
export function ProblemBlock({ block, view, urls, where }: Props) {
  const t = useT();
  const work = useProblem(block, view, where);
  const say = useVerdictWords();
  const { attempt } = block;
  const { checked, sending } = work;
  const body = useRef<HTMLDivElement>(null);
  const [slots, setSlots] = useState<Slots>({ placed: new Map(), rest: [] });
  const [comparing, setComparing] = useState(false);
  const [incomplete, setIncomplete] = useState(false);
  const html = useMemo(() => withAddresses(view.body, urls), [view.body, urls]);
  useLayoutEffect(() => {
    if (body.current) setSlots(html === '' ? { placed: new Map(), rest: view.parts } : findSlots(body.current, view.parts));
  }, [html, view.parts]);

  const results = resultsByPart(checked?.scored.parts);
  const left = attempt?.attempts_left ?? null;
  const isSpent = left === 0;
  const isBusy = sending.kind === 'sending';
  const isWaiting = sending.kind === 'waiting';
  const isLocked = isBusy || isWaiting || isSpent;
  const isOpinion = view.parts.every((part) => WITH_TALLY.has(part.kind));
  const wantsTally = view.parts.some((part) => WITH_TALLY.has(part.kind)) && checked !== undefined && !where.isTrial;
  const { data: tallies } = useTallyOfQuery({ course: where.course, block: block.id }, { skip: !wantsTally, refetchOnMountOrArgChange: true });

  const told = useRef(checked);
  useEffect(() => {
    if (checked && checked !== told.current) announce(say(checked.scored, attempt, isOpinion));
    told.current = checked;
  }, [checked, attempt, isOpinion, say]);

  const submit = (): void => {
    setIncomplete(nothingAnswered(view.parts, work.answers));
    if (!nothingAnswered(view.parts, work.answers)) void work.submit();
  };

  const field = (part: PartView): React.ReactNode => (
    <PartField
      key={part.id}
      part={part}
      number={view.parts.indexOf(part) + 1}
      alone={view.parts.length === 1}
      title={view.title || block.title}
      urls={urls}
      value={work.answers[part.id]}
      onChange={(answer) => {
        setIncomplete(false);
        work.change(part.id, answer);
      }}
      disabled={isLocked}
      isSpent={isSpent}
      result={work.isAsChecked(part.id) ? results.get(part.id) : undefined}
      isScored={view.is_scored}
      tallies={wantsTally ? (tallies?.items ?? []) : undefined}
    />
  );
  const inlineFeedback = view.parts.filter((part) => isInline(part) && work.isAsChecked(part.id) && results.get(part.id));
  const edited = checked !== undefined && view.parts.some((part) => !work.isAsChecked(part.id));

  return (
    <form
      className="card problem"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="problem-head">
        {(view.title || block.title) && <h2>{view.title || block.title}</h2>}
        <SaveState state={work.draft.state} onCompare={() => setComparing(true)} />
      </div>
      <div ref={body}>
        <Prose html={html} />
      </div>
      {[...slots.placed].map(([id, element]) => {
        const part = view.parts.find((each) => each.id === id);
        return part && createPortal(field(part), element, id);
      })}
      {slots.rest.map(field)}
      {inlineFeedback.map((part) => (
        <Feedback key={part.id} result={results.get(part.id)!} urls={urls} isSpent={isSpent} name={t('learn.part.numbered', { number: view.parts.indexOf(part) + 1 })} />
      ))}
      {checked && !edited && <Verdict scored={checked.scored} attempt={attempt} isOpinion={isOpinion} />}
      {edited && <p className="small muted">{t('learn.submit.edited')}</p>}
      {incomplete && (
        <p className="field-error" role="alert">
          {t('learn.submit.nothing')}
        </p>
      )}
      {isWaiting && (
        <p className="save-state kept" role="status">
          {t('learn.submit.waiting')}
        </p>
      )}
      {sending.kind === 'refused' && <ProblemBanner problem={sending.problem} />}
      <div className="problem-actions">
        {!isSpent && (
          <Button type="submit" kind={checked?.scored.correctness === 'correct' && !edited ? 'secondary' : 'primary'} busy={isBusy} disabled={isWaiting}>
            {t(isOpinion ? 'learn.submit.vote' : view.is_scored ? (checked ? 'learn.submit.again' : 'learn.submit.check') : 'learn.submit.save')}
          </Button>
        )}
        {attempt && !isOpinion && <AttemptsLeft attempt={attempt} view={view} />}
      </div>
      {!where.isTrial && <Hints block={block} view={view} where={where} urls={urls} />}
      {view.has_solution && attempt?.is_solution_released && <SolutionPanel block={block} view={view} where={where} urls={urls} />}
      {comparing && (
        <Suspense fallback={null}>
          <Compare work={work} parts={view.parts} onClose={() => setComparing(false)} />
        </Suspense>
      )}
    </form>
  );
}

function AttemptsLeft({ attempt, view }: { attempt: AttemptState; view: ProblemView }) {
  const t = useT();
  if (view.max_attempts === null || attempt.attempts_left === null) return null;
  return <p className="small muted">{attempt.attempts_left === 0 ? t('learn.attempts.none') : t('learn.attempts.left', { left: attempt.attempts_left, all: view.max_attempts })}</p>;
}
