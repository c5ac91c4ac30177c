import type { CSSProperties } from 'react';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const first = (word: string): string => segmenter.segment(word)[Symbol.iterator]().next().value?.segment ?? '';

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => first(word ?? '')).join('').toLocaleUpperCase();
}

/** A person's picture or initials; the name stands beside it in words. */
export function Avatar({ name, src, size = 36 }: { name: string; src?: string | null; size?: number }) {
  return (
    // The initials are drawn, not written: as text they would be taken for the label of the button around them.
    <span className="avatar" style={{ '--size': `${size}px` } as CSSProperties} data-initials={src ? undefined : initialsOf(name)} aria-hidden="true">
      {src && <img src={src} alt="" loading="lazy" />}
    </span>
  );
}
