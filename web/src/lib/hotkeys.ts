import { useEffect, useRef } from 'react';

import { signal } from '@lib/signal';
import { recall, remember } from '@lib/storage';

/** Single-letter keys can be switched off (WCAG 2.1.4); chords with Ctrl or Cmd stay. */
export const hotkeysOn = signal(recall('hotkeys') !== 'off');

export function switchHotkeys(on: boolean): void {
  hotkeysOn.set(on);
  remember('hotkeys', on ? null : 'off');
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The name of a pressed key: "mod+k", "?", "j". `mod` is Cmd on a Mac and Ctrl elsewhere. */
export function chordOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  return mod + (event.altKey ? 'alt+' : '') + event.key.toLowerCase();
}

export function useHotkeys(keys: Record<string, (event: KeyboardEvent) => void>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const chord = chordOf(event);
      const action = latest.current[chord];
      if (!action || event.defaultPrevented || event.isComposing) return;
      if (!chord.startsWith('mod+') && (!hotkeysOn.get() || isTyping(event.target) || document.querySelector('dialog[open]'))) return;
      event.preventDefault();
      action(event);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
