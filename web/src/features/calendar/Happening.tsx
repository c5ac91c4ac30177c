import { Link } from '@tanstack/react-router';

import type { CalendarItem } from '@lib/api/calendar';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Icon } from '@ui/Icon';

/** One thing that is on: when, what, of which course, and whether it will be at all. */
export function Happening({ item }: { item: CalendarItem }) {
  const t = useT();
  const format = useFormats();
  return (
    <li className={item.is_cancelled ? 'calendar-off' : undefined}>
      <Icon name={item.source === 'live' ? 'video' : 'calendar'} />
      <div className="grow">
        <div className="row">
          <span dir="auto" className="calendar-what">
            <Target item={item} />
          </span>
          {item.is_cancelled && <Badge tone="danger">{t('calendar.cancelled')}</Badge>}
          {item.is_host && !item.is_cancelled && <Badge tone="info">{t('calendar.host')}</Badge>}
          {item.is_recurring && <Badge>{t('calendar.recurring')}</Badge>}
        </div>
        <div className="muted small">
          <time dateTime={item.starts_at}>{format.time(item.starts_at)}</time>–<time dateTime={item.ends_at}>{format.time(item.ends_at)}</time>
          {item.course && (
            <>
              {' · '}
              <bdi>{item.course.title}</bdi>
            </>
          )}
        </div>
        {item.description && (
          <p className="small calendar-words" dir="auto">
            {item.description}
          </p>
        )}
      </div>
    </li>
  );
}

/** Where it leads: into the class, or to the course. */
function Target({ item }: { item: CalendarItem }) {
  if (item.is_cancelled) return item.title;
  if (item.source === 'live') {
    return (
      <Link to="/live/$room" params={{ room: item.entry_id }}>
        {item.title}
      </Link>
    );
  }
  if (!item.course) return item.title;
  return (
    <Link to="/learn/$course" params={{ course: item.course.slug }}>
      {item.title}
    </Link>
  );
}
