import { useCallback, useEffect, useRef, useState } from 'react';
import { useDispatch } from 'react-redux';

import { announce } from '@lib/announce';
import { useTryAnswerMutation } from '@lib/api/catalog';
import { exchange } from '@lib/api/base';
import { useSubmitAnswerMutation, type AnswerOut, type LearnerBlock, type ProblemView, type Response, type ScoredResponse } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { memoryJournal } from '@lib/journal';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { useDraft } from '@lib/useDraft';

import { noteBlock, noteDone, type Where } from '../player/cache';
import { answersOf, buildResponse, sameAnswer, startAnswers, type Answer, type Answers } from './response';
import { createSubmission, type Submission, type SubmissionState } from './submission';

/** What was checked last: the answers as they were then, and what they were worth. */
export type Checked = { answers: Answers; scored: ScoredResponse };

/** What a guest's answer came to: scored, counted nowhere. */
function triedOut(scored: ScoredResponse): AnswerOut {
  return {
    result: { attempt: 1, answered_at: null, attempts_left: null, best_points: scored.points, is_counted: false, is_solution_released: false, scored, show_correctness: 'always' },
    done: { completed: [], percent: 0, is_course_completed: false },
  };
}

/** One problem in a learner's hands: answers, their draft, their way to the server, and what came back. */
export function useProblem(block: LearnerBlock, view: ProblemView, where: Where) {
  const t = useT();
  const dispatch = useDispatch();
  const { user = '' } = useSignal(session);
  const [sendAnswer] = useSubmitAnswerMutation();
  const [tryAnswer] = useTryAnswerMutation();
  const { course, unit, isTrial = false } = where;
  const { attempt } = block;
  const [answers, setAnswers] = useState<Answers>(() => startAnswers(view.parts, attempt));
  const [checked, setChecked] = useState<Checked | undefined>(() => (attempt?.scored ? { answers: attempt.response?.answers ?? {}, scored: attempt.scored } : undefined));
  const [sending, setSending] = useState<SubmissionState<AnswerOut>>({ kind: 'idle' });
  const url = `/learn/${encodeURIComponent(where.course)}/blocks/${block.id}`;

  const draft = useDraft<Response>(
    { user, attempt: `draft:${where.course}`, question: block.id },
    async (response, { keepalive }) => {
      const answer = await exchange({ url: `${url}/draft`, method: 'PUT', body: { response }, keepalive });
      if ('error' in answer) throw answer.error;
      noteBlock(dispatch as never, where, block.id, (kept) => {
        if (kept.attempt) kept.attempt.draft = { answers: response.answers, locale: response.locale ?? '' };
      });
    },
    (restored) => setAnswers(answersOf(view.parts, restored)),
  );

  const onState = useRef<(state: SubmissionState<AnswerOut>) => void>(() => undefined);
  useEffect(() => {
    onState.current = (state) => {
      setSending(state);
      if (state.kind === 'waiting') announce(t('learn.submit.waiting'));
      if (state.kind !== 'scored') return;
      const { result, done } = state.result;
      setChecked({ answers: state.sent.response.answers, scored: result.scored });
      noteBlock(dispatch as never, where, block.id, (kept) => {
        kept.attempt = {
          problem: view.id,
          hints: kept.attempt?.hints ?? [],
          attempts: result.attempt,
          attempts_left: result.attempts_left,
          response: { answers: state.sent.response.answers, locale: state.sent.response.locale ?? '' },
          draft: null,
          scored: result.scored,
          best_points: result.best_points,
          is_solution_released: result.is_solution_released,
          changed_at: null,
        };
      });
      // The answer is in: a draft of the same words need not follow it.
      if (view.parts.every((part) => sameAnswer(answers[part.id], state.sent.response.answers[part.id]))) void draft.resolve('theirs');
      noteDone(dispatch as never, where, done);
    };
  });

  const submission = useRef<Submission | undefined>(undefined);
  useEffect(() => {
    const made = createSubmission<AnswerOut>({
      key: { user, attempt: `answer:${where.course}`, question: block.id },
      send: async (sent) =>
        isTrial
          ? triedOut(await tryAnswer({ course, unit, tryAnswerIn: { block: block.id, response: sent.response } }).unwrap())
          : sendAnswer({ course, block: block.id, answerInIn: sent, 'Idempotency-Key': sent.attempt_key }).unwrap(),
      ...(isTrial ? { journal: memoryJournal() } : {}),
      onState: (state) => onState.current(state),
    });
    submission.current = made;
    void made.restore().then((response) => {
      if (response) setAnswers(answersOf(view.parts, response));
    });
    return () => made.dispose();
    // oxlint-disable-next-line react/exhaustive-deps -- a problem keeps its way to the server as long as it is on the page
  }, [user, course, unit, block.id, isTrial, sendAnswer, tryAnswer]);

  const change = useCallback(
    (part: string, answer: Answer) => {
      const next = { ...answers, [part]: answer };
      setAnswers(next);
      if (!isTrial) draft.change(buildResponse(view.parts, next, t.locale));
    },
    [answers, draft, view.parts, t.locale, isTrial],
  );

  const submit = (): Promise<void> => submission.current?.submit(buildResponse(view.parts, answers, t.locale)) ?? Promise.resolve();

  return {
    answers,
    change,
    draft,
    checked,
    sending,
    submit,
    /** True while what stands there is what was checked. */
    isAsChecked: (part: string) => checked !== undefined && sameAnswer(checked.answers[part], answers[part]),
  };
}
