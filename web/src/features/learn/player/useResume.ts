import { useEffect } from 'react';

import { exchange } from '@lib/api/base';

/** Remember the block that is being read when the page is left, so that going on begins there and not at the top. */
export function useResume(course: string, unit: string): void {
  useEffect(() => {
    const url = `/learn/${encodeURIComponent(course)}/resume`;
    let told: string | undefined;
    const tell = (): void => {
      const block = blockInSight();
      // At the top of a unit there is nothing to add: that it was opened is known.
      if (!block || block === told || scrollY < 200) return;
      told = block;
      void exchange({ url, method: 'PUT', body: { unit_id: unit, block_id: block, at: new Date().toISOString() }, keepalive: true }).catch(() => undefined);
    };
    const hidden = (): void => {
      if (document.visibilityState === 'hidden') tell();
    };
    document.addEventListener('visibilitychange', hidden);
    return () => document.removeEventListener('visibilitychange', hidden);
  }, [course, unit]);
}

/** The block at the reading line, a third down the window. */
function blockInSight(): string | undefined {
  const line = innerHeight / 3;
  const blocks = [...document.querySelectorAll<HTMLElement>('.unit > .block[id^="block-"]')];
  return blocks.findLast((block) => block.getBoundingClientRect().top <= line)?.id.slice('block-'.length);
}
