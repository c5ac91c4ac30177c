import { Link } from '@tanstack/react-router';

import type { LearnerUnit } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

import type { UnitPlace } from './outline';

type Props = { course: string; unit: LearnerUnit | undefined; places: UnitPlace[]; current: string };

/** Back and next, named after where they lead; at the bottom of the page, and in reach of the thumb on phones. */
export function Dock({ course, unit, places, current }: Props) {
  const t = useT();
  const here = places.findIndex((place) => place.unit.id === current);
  const before = unit?.before ?? (here > 0 ? places[here - 1]?.unit : undefined);
  const after = unit?.after ?? (here >= 0 ? places[here + 1]?.unit : undefined);
  return (
    <nav className="dock" aria-label={t('learn.dock.label')}>
      {before ? (
        <Link className="btn btn-secondary dock-back" to="/learn/$course/$unit" params={{ course, unit: before.id }} aria-label={t('learn.dock.back-to', { title: before.title })}>
          <Icon name="chevron-start" />
          <span>
            <span className="dock-short">{t('learn.dock.back')}</span>
            <bdi className="dock-target">{before.title}</bdi>
          </span>
        </Link>
      ) : (
        <span />
      )}
      {after ? (
        <Link className="btn btn-primary dock-next" to="/learn/$course/$unit" params={{ course, unit: after.id }}>
          <span className="dock-words">{t.rich('learn.dock.next', { title: <bdi>{after.title}</bdi> })}</span>
          <Icon name="chevron-end" />
        </Link>
      ) : (
        <Link className="btn btn-primary dock-next" to="/learn/$course/progress" params={{ course }}>
          <span className="dock-words">{t('learn.dock.finish')}</span>
          <Icon name="flag" />
        </Link>
      )}
    </nav>
  );
}
