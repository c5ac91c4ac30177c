import { useEffect, useState } from 'react';

import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { EmptyState } from '@ui/EmptyState';
import { Icon } from '@ui/Icon';
import { TextArea } from '@ui/TextArea';

import { mayHost, useAct, useRoom, useRoomState } from '../room/useRoom';
import { ranked, withQuestion, type Question } from '../room/state';
import { questionOf } from '../room/wire';
import { Thread } from './Thread';

/** Questions by votes; what most want to know stands first. */
export function Questions() {
  const t = useT();
  const room = useRoom();
  const { questions, phase, role } = useRoomState();
  const open = ranked(questions.filter(({ state }) => state === 'open'));
  const answered = ranked(questions.filter(({ state }) => state === 'answered'));
  useEffect(() => {
    // Whoever comes later is told of open questions only; what was answered is asked for.
    void room.ask<{ items?: unknown[] }>('GET', 'questions?state=answered').then((answer) => {
      if ('data' in answer) room.patch((state) => ({ ...state, questions: (answer.data?.items ?? []).map(questionOf).reduce(withQuestion, state.questions) }));
    });
  }, [room]);
  return (
    <div className="room-scroll stack">
      {(phase === 'live' || phase === 'open') && !mayHost(role) && <AskForm />}
      {open.length === 0 && answered.length === 0 && (
        <EmptyState icon="question" title={t('live.question.none')}>
          {t('live.question.none-line')}
        </EmptyState>
      )}
      <ul className="questions">
        {open.map((question) => (
          <QuestionRow key={question.id} question={question} />
        ))}
      </ul>
      {answered.length > 0 && (
        <section aria-labelledby="answered">
          <h2 id="answered">{t('live.question.answered')}</h2>
          <ul className="questions">
            {answered.map((question) => (
              <QuestionRow key={question.id} question={question} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function AskForm() {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const [words, setWords] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    if (words.trim() === '') return;
    setBusy(true);
    const asked = await act(room.ask('POST', 'questions', { body: words.trim(), client_msg_id: crypto.randomUUID() }));
    setBusy(false);
    if (!asked) return;
    setWords('');
    const question = questionOf(asked);
    if (question.id) room.patch((state) => ({ ...state, questions: withQuestion(state.questions, question) }));
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextArea label={t('live.question.ask')} hint={t('live.question.ask-hint')} rows={2} maxLength={500} dir="auto" value={words} onChange={(event) => setWords(event.target.value)} />
      <div className="row end">
        <Button type="submit" kind="primary" busy={busy}>
          {t('live.question.send')}
        </Button>
      </div>
    </form>
  );
}

function QuestionRow({ question }: { question: Question }) {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { role } = useRoomState();
  const isMine = question.author.id === room.me.id;
  const vote = async (): Promise<void> => {
    const iVoted = !question.iVoted;
    const step = iVoted ? 1 : -1;
    room.patch((state) => ({ ...state, questions: withQuestion(state.questions, { ...question, iVoted, votes: question.votes + step }) }));
    const done = await act(room.ask(iVoted ? 'POST' : 'DELETE', `questions/${question.id}/vote`));
    if (done === undefined) room.patch((state) => ({ ...state, questions: withQuestion(state.questions, question) }));
  };
  const settle = async (verb: 'answer' | 'dismiss'): Promise<void> => {
    const next = await act(room.ask('POST', `questions/${question.id}/${verb}`, verb === 'answer' ? { answer: '' } : undefined));
    if (next !== undefined) room.patch((state) => ({ ...state, questions: withQuestion(state.questions, { ...question, state: verb === 'answer' ? 'answered' : 'dismissed' }) }));
  };
  return (
    <li className="question-row">
      <button type="button" className={`vote ${question.iVoted ? 'voted' : ''}`} aria-pressed={question.iVoted === true} aria-label={t('live.question.vote', { votes: question.votes, question: question.body })} disabled={question.state !== 'open'} onClick={() => void vote()}>
        <Icon name="arrow-up" />
        <span className="nums">{question.votes}</span>
      </button>
      <div className="grow">
        <p dir="auto">{question.body}</p>
        <p className="small muted">
          <bdi>{question.author.name}</bdi>
          {isMine && <> {t('live.chat.you')}</>} {question.state === 'answered' && <Badge tone="success">{t('live.question.is-answered')}</Badge>}
        </p>
        {question.answer && (
          <p className="question-answer" dir="auto">
            {question.answer}
          </p>
        )}
        <Thread question={question} />
        {mayHost(role) && question.state === 'open' && (
          <div className="row question-tools">
            <Button icon="check" onClick={() => void settle('answer')}>
              {t('live.question.mark')}
            </Button>
            <Button kind="quiet" onClick={() => void settle('dismiss')}>
              {t('live.question.dismiss')}
            </Button>
          </div>
        )}
      </div>
    </li>
  );
}
