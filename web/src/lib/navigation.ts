import { useEffect, useRef, type RefObject } from 'react';

import { announce } from '@lib/announce';

let moved = false;

/** The router calls this when the path changes; the next heading to appear takes the focus. */
export function noteNavigation(): void {
  moved = true;
}

/** A ref for the page's h1: it takes the focus and is announced after a navigation, never on the first load. */
export function useHeading(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!moved || !heading.current) return;
    moved = false;
    heading.current.focus({ preventScroll: true });
    announce(heading.current.textContent ?? '');
  });
  return heading;
}
