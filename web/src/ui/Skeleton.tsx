import type { CSSProperties } from 'react';

import { useT } from '@lib/i18n';

/** One grey line or block of the size of what is coming; shown after 200 ms. */
export function Skeleton({ width = '100%', height = '1em' }: { width?: string; height?: string }) {
  return <span className="skeleton" style={{ '--w': width, '--h': height } as CSSProperties} aria-hidden="true" />;
}

/** Several lines, with one word for readers of the screen. */
export function SkeletonLines({ lines = 4 }: { lines?: number }) {
  const t = useT();
  return (
    <div className="stack" aria-busy="true">
      <span className="visually-hidden">{t('ui.loading')}</span>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} width={`${100 - ((line * 17) % 40)}%`} />
      ))}
    </div>
  );
}

/** Cards of a grid that is being fetched. */
export function SkeletonCards({ cards = 6, height = '160px' }: { cards?: number; height?: string }) {
  const t = useT();
  return (
    <div className="grid" aria-busy="true">
      <span className="visually-hidden">{t('ui.loading')}</span>
      {Array.from({ length: cards }, (_, card) => (
        <Skeleton key={card} height={height} />
      ))}
    </div>
  );
}
