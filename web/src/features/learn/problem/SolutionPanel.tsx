import { useState } from 'react';

import { asProblem } from '@lib/asProblem';
import { useSolutionOfQuery, type LearnerBlock, type ProblemView } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Disclosure } from '@ui/Disclosure';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Prose } from '@ui/Prose';
import { SkeletonLines } from '@ui/Skeleton';

import type { Where } from '../player/cache';
import { textOf, withAddresses } from './response';

type Props = { block: LearnerBlock; view: ProblemView; where: Where; urls: Record<string, string> };

/** The worked solution and the accepted answers, fetched when they are wanted. */
export function SolutionPanel({ block, view, where, urls }: Props) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const { data, error } = useSolutionOfQuery({ course: where.course, block: block.id }, { skip: !open });
  const nameOf = (id: string): string => {
    const index = view.parts.findIndex((part) => part.id === id);
    return textOf(view.parts[index]?.label ?? '') || t('learn.part.numbered', { number: index + 1 });
  };
  // The keys of choices are the choices' own sanitised HTML; all others are plain text and must stay so.
  const isMarkup = (id: string): boolean => view.parts.some((part) => part.id === id && 'choices' in part);
  return (
    <Disclosure summary={t('learn.solution.title')} onToggle={setOpen} open={open}>
      {open && !data && !error && <SkeletonLines lines={3} />}
      <ProblemBanner problem={asProblem(error)} />
      {data?.html && <Prose html={withAddresses(data.html, urls)} />}
      {data && data.keys.length > 0 && (
        <dl className="facts solution-keys">
          {data.keys.map((key) => (
            <div key={key.part} className="solution-key">
              <dt>{view.parts.length === 1 ? t('learn.solution.answer') : nameOf(key.part)}</dt>
              {key.answers.map((answer) => (
                <dd key={answer}>
                  {isMarkup(key.part) ? <Prose inline html={withAddresses(answer, urls)} /> : answer}
                </dd>
              ))}
            </div>
          ))}
        </dl>
      )}
    </Disclosure>
  );
}
