import { remember } from '@lib/storage';

/** An organization's colours by theme, as its branding holds them: {light: {primary: "#0b6178"}, dark: {…}}. */
export type Brand = Record<string, Record<string, string>>;

const COLOUR = /^#[0-9a-f]{6}$/i;
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const rule = (selector: string, colours: Record<string, string> | undefined): string => {
  const lines = Object.entries(colours ?? {}).flatMap(([name, colour]) => {
    const variable = name.replaceAll('_', '-');
    return NAME.test(variable) && COLOUR.test(colour) ? [`--${variable}:${colour}`] : [];
  });
  return lines.length > 0 ? `${selector}{${lines.join(';')}}` : '';
};

/** The rules that lay a brand over the tokens; high contrast stays as it is. */
export function brandRules(brand: Brand): string {
  return [
    rule(':root:not([data-theme=contrast]):not([data-theme=dark])', brand.light),
    rule('[data-theme=dark]', brand.dark),
    brand.dark ? `@media (prefers-color-scheme:dark){${rule(':root:not([data-theme])', brand.dark)}}` : '',
  ].join('');
}

/** Wear a brand now, and before the first paint of the next visit: public/early.js lays on what is remembered here. */
export function wear(brand: Brand): void {
  const rules = brandRules(brand);
  remember('brand', rules === '' ? null : rules);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}
