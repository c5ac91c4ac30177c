import { useMemo, type ReactNode } from 'react';

import { render, type Message } from '@lib/icu';
import { signal, useSignal } from '@lib/signal';
import { recall, remember } from '@lib/storage';

export const LOCALES = { en: 'English', ar: 'العربية' } as const;
export type Locale = keyof typeof LOCALES;

type Catalogue = Record<string, Message>;
type Loader = () => Promise<{ default: Catalogue }>;
type Values = Record<string, string | number | boolean | Date | null | undefined>;
type RichValues = Record<string, ReactNode | Date | ((parts: ReactNode[]) => ReactNode)>;

const isLocale = (value: string | null | undefined): value is Locale => value !== null && value !== undefined && value in LOCALES;
const RIGHT_TO_LEFT = new Set<Locale>(['ar']);

export function preferredLocale(): Locale {
  const chosen = recall('locale');
  if (isLocale(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLocale) ?? 'en';
}

type Voice = { locale: Locale; messages: Catalogue };

export const voice = signal<Voice>({ locale: 'en', messages: {} });

const sources = new Map<string, Loader>();
const wanted = new Set<string>();
const loaded = new Set<string>();

/** Tell where the catalogues are: keys are "<namespace>/<locale>". The app calls it once. */
export function declareCatalogues(loaders: Record<string, Loader>): void {
  for (const [name, load] of Object.entries(loaders)) sources.set(name, load);
}

/** Load a namespace in the present language; routes call it beside their code. */
export async function loadMessages(...namespaces: string[]): Promise<void> {
  for (const namespace of namespaces) wanted.add(namespace);
  const { locale } = voice.get();
  const messages = await gather(locale);
  if (messages && voice.get().locale === locale) voice.set({ locale, messages: { ...voice.get().messages, ...messages } });
}

async function gather(locale: Locale): Promise<Catalogue | undefined> {
  const missing = [...wanted].filter((namespace) => !loaded.has(`${namespace}/${locale}`));
  if (missing.length === 0) return undefined;
  const catalogues = await Promise.all(missing.map((namespace) => sources.get(`${namespace}/${locale}`)?.()));
  for (const namespace of missing) loaded.add(`${namespace}/${locale}`);
  return Object.assign({}, ...catalogues.map((catalogue) => catalogue?.default ?? {})) as Catalogue;
}

/** Change the language of the whole page, at once and without a reload. */
export async function speak(locale: Locale, { keep = true } = {}): Promise<void> {
  loaded.clear();
  const messages = (await gather(locale)) ?? {};
  voice.set({ locale, messages });
  if (keep) remember('locale', locale);
  document.documentElement.lang = locale;
  document.documentElement.dir = RIGHT_TO_LEFT.has(locale) ? 'rtl' : 'ltr';
}

export type Translate = {
  (id: string, values?: Values): string;
  /** The same with elements: the value of a tag is a function of its parts. */
  rich: (id: string, values: RichValues) => ReactNode;
  has: (id: string) => boolean;
  locale: Locale;
};

function translator({ locale, messages }: Voice): Translate {
  const timeZone = recall('zone') ?? undefined;
  const plain = (id: string, values: Values = {}): string => {
    const message = messages[id] ?? id;
    return typeof message === 'string' ? message : render(message, { locale, timeZone, values }).join('');
  };
  const rich = (id: string, values: RichValues): ReactNode => {
    const message = messages[id] ?? id;
    if (typeof message === 'string') return message;
    return render<ReactNode | Date>(message, { locale, timeZone, values: values as Record<string, ReactNode> }).map((part, index) => (
      <Part key={index}>{part as ReactNode}</Part>
    ));
  };
  return Object.assign(plain, { rich, has: (id: string) => id in messages, locale });
}

function Part({ children }: { children: ReactNode }): ReactNode {
  return children;
}

export function useT(): Translate {
  const spoken = useSignal(voice);
  return useMemo(() => translator(spoken), [spoken]);
}

/** Translate outside a component (announcements, titles). */
export function translate(id: string, values?: Values): string {
  return translator(voice.get())(id, values);
}
