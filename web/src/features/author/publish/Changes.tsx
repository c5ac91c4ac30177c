import { Link } from '@tanstack/react-router';

import type { Change, NodeChange, PublishDiff } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Badge, type Tone } from '@ui/Badge';
import { Card } from '@ui/Card';
import { Disclosure } from '@ui/Disclosure';

import { kindOf } from '../states';

const TONES: Record<Change, Tone> = { added: 'success', changed: 'info', moved: 'neutral', removed: 'danger' };
const KINDS: Change[] = ['removed', 'changed', 'moved', 'added'];
const SHOWN = 60;

/** What enrolled learners will find different; on the first publication, what there will be. */
export function Changes({ course, diff, isFirst }: { course: string; diff: PublishDiff; isFirst: boolean }) {
  const t = useT();
  const groups = KINDS.map((change) => ({ change, items: diff.changes.filter((each) => each.change === change) })).filter(({ items }) => items.length > 0);
  return (
    <Card as="section" className="stack">
      <h2>{t(isFirst ? 'author.diff.first' : 'author.diff.title')}</h2>
      {(diff.fields_changed || diff.pages_changed) && !isFirst && <p>{t(diff.fields_changed ? 'author.diff.fields' : 'author.diff.pages')}</p>}
      {groups.length === 0 && !diff.fields_changed && !diff.pages_changed && <p className="muted">{t('author.diff.none')}</p>}
      {groups.map(({ change, items }) => (
        <Disclosure key={change} open={!isFirst && items.length <= 12} summary={t(`author.diff.${change}`, { count: items.length })}>
          <ul className="list">
            {items.slice(0, SHOWN).map((item) => (
              <Line key={item.id} course={course} item={item} />
            ))}
          </ul>
          {items.length > SHOWN && <p className="muted small">{t('author.check.more', { count: items.length - SHOWN })}</p>}
        </Disclosure>
      ))}
    </Card>
  );
}

function Line({ course, item }: { course: string; item: NodeChange }) {
  const t = useT();
  const title = <bdi>{item.title || t(`author.untitled.${kindOf(item)}`)}</bdi>;
  return (
    <li>
      <Badge tone={TONES[item.change]}>{t(`author.kind.${kindOf(item)}`)}</Badge>
      <div className="grow">
        {item.change === 'removed' ? (
          title
        ) : (
          <Link to="/author/$course/outline" params={{ course }} search={{ node: item.id }}>
            {title}
          </Link>
        )}
        {item.also_moved && <span className="muted small"> · {t('author.diff.also-moved')}</span>}
        <p className="muted small">
          {item.path.map((part, index) => (
            <span key={index}>
              {index > 0 && ' › '}
              <bdi>{part}</bdi>
            </span>
          ))}
        </p>
      </div>
    </li>
  );
}
