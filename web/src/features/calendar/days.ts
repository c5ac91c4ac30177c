import type { CalendarItem } from '@lib/api/calendar';
import { fromField, toField } from '@lib/moments';

export type Day = { date: string; items: CalendarItem[] };

export const SPAN_DAYS = 28;
const DAY_MS = 86_400_000;

/** The date that it is in a zone, as 2026-03-01. */
export const dateIn = (moment: string, timeZone: string): string => toField(moment, timeZone).slice(0, 10);

/** A date some days later, whatever clocks do meanwhile. */
export const laterBy = (date: string, days: number): string => new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** What an address says, where it is a date. */
export const aDate = (text: string | undefined): string | undefined => (text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`)) ? text : undefined);

/** The instants between which the calendar is looked at: whole days of the reader's zone. */
export function windowOf(date: string, timeZone: string): { since: string; until: string } {
  const midnight = (day: string): string => fromField(`${day}T00:00`, timeZone) ?? `${day}T00:00:00Z`;
  return { since: midnight(date), until: midnight(laterBy(date, SPAN_DAYS)) };
}

/** What happens, by the day on which it begins for the reader; what began before the window stands on its first day. */
export function byDay(items: CalendarItem[], first: string, timeZone: string): Day[] {
  const days: Day[] = [];
  for (const item of items) {
    const begun = dateIn(item.starts_at, timeZone);
    const date = begun < first ? first : begun;
    const last = days.at(-1);
    if (last?.date === date) last.items.push(item);
    else days.push({ date, items: [item] });
  }
  return days;
}
