import { useEffect, useRef, type RefObject } from 'react';

import { announce } from '@lib/announce';

let awaited = false;

function greet(heading: HTMLElement): void {
  awaited = false;
  heading.focus({ preventScroll: true });
  announce(heading.textContent ?? '');
}

/** The router calls this when a new page stands: its heading takes the focus, at once or as soon as it is there. */
export function pageStands(): void {
  const heading = document.querySelector<HTMLElement>('main h1');
  if (heading) greet(heading);
  else awaited = true;
}

/** A ref for the page's h1: it takes the focus and is announced after a navigation, never on the first load. */
export function useHeading(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (awaited && heading.current) greet(heading.current);
  });
  return heading;
}
