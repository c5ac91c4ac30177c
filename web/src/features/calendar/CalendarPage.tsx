import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';

import { useMyCalendarQuery } from '@lib/api/calendar';
import { asProblem } from '@lib/asProblem';
import { useFormats, zone } from '@lib/format';
import { useT, voice } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Icon } from '@ui/Icon';
import { Page } from '@ui/Page';
import { Pagination } from '@ui/Pagination';
import { SkeletonLines } from '@ui/Skeleton';
import { useKeysetPages } from '@ui/useKeysetPages';

import { aDate, byDay, dateIn, laterBy, SPAN_DAYS, windowOf } from './days';
import { Happening } from './Happening';
import './calendar.css';

const route = getRouteApi('/personal/calendar');

/** What is on in the four weeks from a date, in the reader's own zone. */
export default function CalendarPage() {
  const t = useT();
  const format = useFormats();
  const timeZone = useSignal(zone);
  const { locale } = useSignal(voice);
  const [today] = useState(() => dateIn(new Date().toISOString(), timeZone));
  const first = aDate(route.useSearch().from) ?? today;
  const pages = useKeysetPages(`${first} ${timeZone}`);
  const { data, error, isFetching, refetch } = useMyCalendarQuery(
    { ...windowOf(first, timeZone), limit: 100, ...(pages.cursor ? { cursor: pages.cursor } : {}) },
    { refetchOnMountOrArgChange: 30 },
  );
  const dayName = (date: string): string => new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00Z`));
  const span = { from: format.date(`${first}T12:00Z`), to: format.date(`${laterBy(first, SPAN_DAYS - 1)}T12:00Z`) };
  return (
    <Page title={t('calendar.title')} lead={t('calendar.lead', { zone: timeZone })} width="text">
      <nav className="row calendar-weeks" aria-label={t('calendar.weeks')}>
        <Link className="btn btn-secondary" to="/calendar" search={{ from: laterBy(first, -SPAN_DAYS) }}>
          <Icon name="chevron-start" /> {t('calendar.earlier')}
        </Link>
        {first !== today && (
          <Link className="btn btn-quiet" to="/calendar" search={{}}>
            {t('calendar.today')}
          </Link>
        )}
        <span className="muted">{t('calendar.span', span)}</span>
        <Link className="btn btn-secondary" to="/calendar" search={{ from: laterBy(first, SPAN_DAYS) }}>
          {t('calendar.later')} <Icon name="chevron-end" />
        </Link>
      </nav>
      {!data && !error && <SkeletonLines lines={6} />}
      {!data && error !== undefined && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && !pages.hasPrevious && (
        <EmptyState icon="calendar" title={t('calendar.none')}>
          {t('calendar.none-line')}
        </EmptyState>
      )}
      {data && byDay(data.items, first, timeZone).map((day) => (
        <section key={day.date} className="calendar-day" aria-labelledby={`day-${day.date}`}>
          <h2 id={`day-${day.date}`}>{day.date === today ? t('calendar.today-named', { day: dayName(day.date) }) : dayName(day.date)}</h2>
          <ul className="list card">
            {day.items.map((item) => (
              <Happening key={`${item.entry_id} ${item.occurs_at}`} item={item} />
            ))}
          </ul>
        </section>
      ))}
      <Pagination hasPrevious={pages.hasPrevious} hasNext={Boolean(data?.next)} busy={isFetching} onPrevious={pages.previous} onNext={() => data?.next && pages.next(data.next)} />
      <p>
        <Link to="/me/settings">{t('calendar.follow')}</Link>
      </p>
    </Page>
  );
}
