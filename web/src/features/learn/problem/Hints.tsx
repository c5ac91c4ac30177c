import { useEffect, useRef, useState } from 'react';
import { useDispatch } from 'react-redux';

import { asProblem } from '@lib/asProblem';
import { announce } from '@lib/announce';
import { useNextHintMutation, type LearnerBlock, type ProblemView } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Prose } from '@ui/Prose';

import { noteBlock, type Where } from '../player/cache';
import { withAddresses } from './response';

type Props = { block: LearnerBlock; view: ProblemView; where: Where; urls: Record<string, string> };

/** Hints, one at a time and in their order; those asked for stay. */
export function Hints({ block, view, where, urls }: Props) {
  const t = useT();
  const dispatch = useDispatch();
  const [ask, { isLoading, error }] = useNextHintMutation();
  const newest = useRef<HTMLLIElement>(null);
  const [fresh, setFresh] = useState(false);
  const given = block.attempt?.hints ?? [];
  useEffect(() => {
    if (fresh && given.length > 0) newest.current?.focus();
  }, [fresh, given.length]);
  if (view.hints === 0) return null;
  const next = async (): Promise<void> => {
    const hint = await ask({ course: where.course, block: block.id, hintIn: { number: given.length + 1 } }).unwrap();
    setFresh(true);
    noteBlock(dispatch as never, where, block.id, (kept) => {
      kept.attempt?.hints.push(hint.html);
    });
    announce(t('learn.hint.given', { number: hint.number, all: view.hints }));
  };
  return (
    <div className="hints">
      {given.length > 0 && (
        <ol className="hint-list">
          {given.map((html, index) => (
            <li key={html} ref={index === given.length - 1 ? newest : undefined} tabIndex={-1}>
              <strong className="small">{t('learn.hint.number', { number: index + 1, all: view.hints })}</strong>
              <Prose html={withAddresses(html, urls)} />
            </li>
          ))}
        </ol>
      )}
      {given.length < view.hints && (
        <Button icon="lightbulb" busy={isLoading} onClick={() => void next().catch(() => undefined)}>
          {t(given.length === 0 ? 'learn.hint.first' : 'learn.hint.next')}
        </Button>
      )}
      <ProblemBanner problem={asProblem(error)} />
    </div>
  );
}
