import { signal } from '@lib/signal';
import { recall, remember } from '@lib/storage';

export type Theme = 'system' | 'light' | 'dark' | 'contrast';
export type Spacing = 'normal' | 'wide';

export const isTheme = (value: string | null): value is Theme => value === 'light' || value === 'dark' || value === 'contrast';

const kept = recall('theme');
export const theme = signal<Theme>(isTheme(kept) ? kept : 'system');
export const spacing = signal<Spacing>(recall('spacing') === 'wide' ? 'wide' : 'normal');

export function chooseTheme(next: Theme): void {
  theme.set(next);
  remember('theme', next === 'system' ? null : next);
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}

export function chooseSpacing(next: Spacing): void {
  spacing.set(next);
  remember('spacing', next === 'wide' ? next : null);
  if (next === 'wide') document.documentElement.dataset.spacing = 'wide';
  else delete document.documentElement.dataset.spacing;
}

/** What the reader sees now: the choice, or the system's. */
export function isDark(choice: Theme): boolean {
  return choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
}
