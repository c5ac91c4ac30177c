import { useState } from 'react';
import { useDispatch } from 'react-redux';

import { asProblem } from '@lib/asProblem';
import { announce } from '@lib/announce';
import { useMarkDoneMutation, type LearnerBlock } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';
import { ProblemBanner } from '@ui/ProblemBanner';

import { noteDone, type Where } from '../player/cache';

const BY_HAND = new Set(['manual', 'watch', 'time']);

/** When a block counts as done, in words, and a way to say so oneself where the rule leaves that open. Pages that only need reading say nothing. */
export function CompletionLine({ block, where }: { block: LearnerBlock; where: Where }) {
  const t = useT();
  const format = useFormats();
  const dispatch = useDispatch();
  const [markDone, { isLoading, error }] = useMarkDoneMutation();
  const [justDone, setJustDone] = useState(false);
  const hasRule = block.rule !== 'none' && block.rule !== 'view' && block.rule !== 'auto' && block.children.length === 0;
  if (!hasRule && !block.due_at) return null;
  const mark = async (): Promise<void> => {
    const done = await markDone({ course: where.course, block: block.id }).unwrap();
    setJustDone(true);
    noteDone(dispatch as never, where, done);
    announce(t('learn.rule.marked'));
  };
  return (
    <div className="completion">
      {hasRule && (
        <p className={`completion-rule ${block.is_done ? 'is-done' : ''}`} tabIndex={justDone ? -1 : undefined} ref={(line) => void (justDone && line?.focus())}>
          <Icon name={block.is_done ? 'check-circle' : 'circle'} />
          {block.is_done ? t('learn.rule.done') : t(`learn.rule.${block.rule}`, { share: format.percent(Number(block.threshold)) })}
          {!block.is_required && <span className="muted">{t('ui.optional')}</span>}
        </p>
      )}
      {block.due_at && <p className="small muted">{t('learn.rule.due', { when: format.dateTime(block.due_at) })}</p>}
      {!block.is_done && BY_HAND.has(block.rule) && (
        <Button icon="check" busy={isLoading} onClick={() => void mark().catch(() => undefined)}>
          {t('learn.rule.mark')}
        </Button>
      )}
      <ProblemBanner problem={asProblem(error)} />
    </div>
  );
}
