/** The colours that branding is laid over (tokens.css), and the pairs that must be read: WCAG 2.2 1.4.3 asks for 4.5. */
export type Colours = Record<string, string>;
export type Theme = 'light' | 'dark';

export const DEFAULTS: Record<Theme, Colours> = {
  light: {
    bg: '#faf8f4', surface: '#ffffff', primary: '#0b6178', 'primary-hover': '#084a5c', 'on-primary': '#ffffff', 'primary-soft': '#ddeff3',
    'primary-text': '#084a5c', live: '#bf2f1b', 'on-live': '#ffffff', accent: '#f2b134', 'on-accent': '#1e1c19', focus: '#0b6178',
  },
  dark: {
    bg: '#131211', surface: '#1c1a18', primary: '#62c4db', 'primary-hover': '#9addec', 'on-primary': '#05252e', 'primary-soft': '#12343e',
    'primary-text': '#9addec', live: '#ff8470', 'on-live': '#2a0a05', accent: '#f2b134', 'on-accent': '#1e1c19', focus: '#8adbee',
  },
}; // prettier-ignore

/** What an organization may colour, in the order of the form. */
export const OFFERED = ['primary', 'primary-hover', 'on-primary', 'primary-soft', 'primary-text', 'accent', 'on-accent', 'focus'] as const;

const PAIRS = [
  ['primary', 'bg'], ['primary', 'surface'], ['on-primary', 'primary'], ['on-primary', 'primary-hover'], ['primary-text', 'primary-soft'], ['on-live', 'live'], ['on-accent', 'accent'],
] as const; // prettier-ignore

export const LEAST = 4.5;
export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

const linear = (channel: number): number => (channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(parseInt(colour.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The WCAG contrast ratio of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((first, second) => second - first);
  return (lighter + 0.05) / (darker + 0.05);
}

export type Meeting = { front: string; back: string; ratio: number; isRead: boolean };

/** Where chosen colours meet others, and whether that can be read; the server asks the same of every pair. */
export function meetings(theme: Theme, chosen: Colours): Meeting[] {
  const valid = Object.fromEntries(Object.entries(chosen).filter(([, colour]) => isColour(colour)));
  const colours = { ...DEFAULTS[theme], ...valid };
  return PAIRS.filter(([front, back]) => front in valid || back in valid).map(([front, back]) => {
    const ratio = contrast(colours[front] ?? '#000000', colours[back] ?? '#ffffff');
    return { front, back, ratio, isRead: ratio >= LEAST };
  });
}
