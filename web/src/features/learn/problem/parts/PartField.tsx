import { lazy, Suspense, useId, type ReactNode } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';
import { Prose } from '@ui/Prose';
import { Skeleton } from '@ui/Skeleton';

import { textOf, withAddresses } from '../response';
import { Feedback, hasWords, SIGNS, wordOf } from '../Results';
import { Choices, Menu } from './Choices';
import { isInline, type FieldProps, type KindProps } from './kind';
import { ShortAnswer } from './ShortAnswer';

// The rarer kinds arrive when a problem has one.
const DragAndDrop = lazy(() => import('./DragAndDrop'));
const ImageRegion = lazy(() => import('./ImageRegion'));
const Opinions = lazy(() => import('./Opinions'));

/** One input of a problem: its question, its control by kind, its judgement. */
export function PartField(props: FieldProps) {
  const t = useT();
  const id = useId();
  const { part, urls, result, number, alone, isSpent } = props;
  const own = textOf(part.label);
  const name = own || (alone ? t('learn.part.answer') : t('learn.part.numbered', { number }));
  // What stands in a sentence has its words there; a part with a question of its own is drawn with it.
  const inline = isInline(part);
  const feedbackId = `${id}-feedback`;
  const isTold = result !== undefined && (hasWords(result) || (result.correctness !== 'ungraded' && !(alone && !inline)));
  const shared = {
    ...props,
    label: part.label ? <Prose inline html={withAddresses(part.label, urls)} /> : name,
    hasLabel: own !== '',
    name,
    hint: part.description ? <Prose inline html={withAddresses(part.description, urls)} /> : undefined,
    describedBy: isTold && !inline ? feedbackId : undefined,
    invalid: result?.correctness === 'incorrect' || result?.correctness === 'invalid',
  };
  if (inline) {
    return (
      <span className="part-inline">
        <Control {...shared} />
        {isTold && (
          <span className={`part-mark feedback-${result.correctness}`}>
            <Icon name={SIGNS[result.correctness]} />
            <span className="visually-hidden">{t(`learn.result.${wordOf(result.correctness, isSpent)}`)}</span>
          </span>
        )}
      </span>
    );
  }
  return (
    // The words around may run the other way than the interface: what is ours keeps its own direction.
    <div className={`part part-${part.kind}`} dir={document.documentElement.dir}>
      <Control {...shared} />
      {isTold && <Feedback result={result} urls={urls} id={feedbackId} alone={alone} isSpent={isSpent} />}
    </div>
  );
}

function Control(props: KindProps): ReactNode {
  const { part } = props;
  switch (part.kind) {
    case 'single_choice':
    case 'multiple_choice':
      return <Choices {...props} part={part} />;
    case 'dropdown':
      return <Menu {...props} part={part} />;
    case 'numerical':
    case 'short_text':
    case 'formula':
    case 'free_text':
      return <ShortAnswer {...props} part={part} />;
    default:
      return (
        <Suspense fallback={<Skeleton height="200px" />}>
          <Rarer {...props} />
        </Suspense>
      );
  }
}

function Rarer(props: KindProps): ReactNode {
  const { part } = props;
  switch (part.kind) {
    case 'drag_and_drop':
      return <DragAndDrop {...props} part={part} />;
    case 'image_region':
      return <ImageRegion {...props} part={part} />;
    case 'poll':
    case 'survey':
    case 'word_cloud':
      return <Opinions {...props} part={part} />;
    default:
      return null;
  }
}
