import { useMemo } from 'react';

import { voice } from '@lib/i18n';
import { signal, useSignal } from '@lib/signal';
import { recall, remember } from '@lib/storage';

/** The time zone the reader chose; the browser's when none was. */
export const zone = signal(recall('zone') ?? Intl.DateTimeFormat().resolvedOptions().timeZone);

export function chooseZone(next: string | null): void {
  const chosen = next && isZone(next) ? next : null;
  remember('zone', chosen);
  zone.set(chosen ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
}

export function isZone(name: string): boolean {
  try {
    return Boolean(Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

type Moment = Date | string | number;
const at = (moment: Moment): Date => (moment instanceof Date ? moment : new Date(moment));

const STEPS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

export function formats(locale: string, timeZone: string) {
  return {
    number: (value: number, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options).format(value),
    /** 0..1 as a whole percent; never rounds up to 100 before the end. */
    percent: (share: number) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share < 1 ? Math.min(share, 0.99) : 1),
    date: (moment: Moment) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(at(moment)),
    time: (moment: Moment) => new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone }).format(at(moment)),
    dateTime: (moment: Moment) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(at(moment)),
    relative: (moment: Moment, now: number) => {
      const seconds = (at(moment).getTime() - now) / 1000;
      const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? (['minute', 60] as const);
      return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.round(seconds / size), unit);
    },
    minutes: (count: number) => new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', unitDisplay: 'short' }).format(count),
    bytes: (size: number) => {
      const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
      const step = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log10(size) / 3));
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: units[step] as string,
        unitDisplay: step === 0 ? 'long' : 'short',
        maximumFractionDigits: step === 0 ? 0 : 1,
      }).format(size / 1000 ** step);
    },
    clock: (seconds: number) => {
      const whole = Math.max(0, Math.floor(seconds));
      const two = (value: number) => String(value).padStart(2, '0');
      const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
      return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
    },
    list: (items: string[]) => new Intl.ListFormat(locale).format(items),
  };
}

export type Formats = ReturnType<typeof formats>;

export function useFormats(): Formats {
  const { locale } = useSignal(voice);
  const timeZone = useSignal(zone);
  return useMemo(() => formats(locale, timeZone), [locale, timeZone]);
}
