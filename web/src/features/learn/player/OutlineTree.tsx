import { Link } from '@tanstack/react-router';

import type { NodeProgress } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Disclosure } from '@ui/Disclosure';
import { Icon, type IconName } from '@ui/Icon';

import { isLocked, markOf, placesOf, type Mark, type UnitPlace } from './outline';

const SIGNS: Record<Mark, IconName> = { done: 'check-circle', started: 'half-circle', todo: 'circle', locked: 'lock', free: 'text' };

type Props = { course: string; sections: NodeProgress[]; current?: string | undefined; now: number; onGo?: () => void; /** Seen from above: the open section is where to go on, and nothing is "here". */ isOverview?: boolean };

/** The course as a tree of links, each with its mark; the section of the current unit is open. */
export function OutlineTree({ course, sections, current, now, onGo, isOverview = false }: Props) {
  const t = useT();
  return (
    <nav className="outline" aria-label={t('learn.outline.label')}>
      {sections.map((section) => {
        const places = placesOf([section]);
        const holdsCurrent = places.some((place) => place.unit.id === current);
        return (
          <Disclosure key={section.id} open={holdsCurrent} summary={<SectionLine section={section} locked={isLocked(section.opens_at, now)} />}>
            {groups(places).map(([title, members]) => (
              <div key={members[0]?.unit.id} className="outline-group">
                {title !== undefined && title !== section.title && <p className="outline-subsection">
                    <bdi>{title}</bdi>
                  </p>}
                <ul className="outline-units">
                  {members.map((place) => (
                    <UnitLine key={place.unit.id} course={course} place={place} now={now} onGo={onGo} isCurrent={!isOverview && place.unit.id === current} />
                  ))}
                </ul>
              </div>
            ))}
          </Disclosure>
        );
      })}
    </nav>
  );
}

function SectionLine({ section, locked }: { section: NodeProgress; locked: boolean }) {
  const t = useT();
  return (
    <span className="outline-section">
      <span className="grow">
        <bdi>{section.title}</bdi>
      </span>
      {locked && <Icon name="lock" />}
      {section.required > 0 && (
        <span className="outline-count nums">
          <span aria-hidden="true">{t('learn.outline.count', { done: section.completed, all: section.required })}</span>
          <span className="visually-hidden">{t('learn.outline.count-words', { done: section.completed, all: section.required })}</span>
        </span>
      )}
    </span>
  );
}

function UnitLine({ course, place, now, onGo, isCurrent }: { course: string; place: UnitPlace; now: number; onGo: (() => void) | undefined; isCurrent: boolean }) {
  const t = useT();
  const format = useFormats();
  const locked = isLocked(place.opensAt, now);
  const mark = markOf(place.unit, locked);
  const words = locked && place.opensAt ? t('learn.mark.locked-until', { when: format.dateTime(place.opensAt) }) : t(`learn.mark.${mark}`);
  return (
    <li>
      <Link to="/learn/$course/$unit" params={{ course, unit: place.unit.id }} className={`outline-unit mark-${mark}`} aria-current={isCurrent ? 'page' : undefined} onClick={() => onGo?.()}>
        <Icon name={isCurrent && mark === 'todo' ? 'dot-circle' : SIGNS[mark]} />
        <span className="grow">
          <bdi>{place.unit.title}</bdi>
        </span>
        {locked && place.opensAt && <span className="small">{format.date(place.opensAt)}</span>}
        <span className="visually-hidden">{words}</span>
      </Link>
    </li>
  );
}

function groups(places: UnitPlace[]): [string | undefined, UnitPlace[]][] {
  const found: [string | undefined, UnitPlace[]][] = [];
  let last: string | undefined;
  for (const place of places) {
    const id = place.subsection?.id;
    if (found.length === 0 || id !== last) found.push([place.subsection?.title, []]);
    found.at(-1)?.[1].push(place);
    last = id;
  }
  return found;
}
