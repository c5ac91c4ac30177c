import type { CSSProperties } from 'react';

import { useFormats } from '@lib/format';

type Props = { label: string; share: number | null };

/** A share of a whole, 0 to 1; null while the whole is not known. */
export function ProgressBar({ label, share }: Props) {
  const format = useFormats();
  const known = share === null ? {} : { 'aria-valuenow': Math.round(share * 100), 'aria-valuetext': format.percent(share) };
  return (
    <div className={`bar ${share === null ? 'unknown' : share >= 1 ? 'complete' : ''}`} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} {...known}>
      <span style={{ '--share': share ?? 0 } as CSSProperties} />
    </div>
  );
}

const AROUND = 2 * Math.PI * 18;

export function ProgressRing({ label, share, size = 44 }: { label: string; share: number; size?: number }) {
  const format = useFormats();
  return (
    <svg className="ring" viewBox="0 0 40 40" style={{ '--size': `${size}px` } as CSSProperties} role="img" aria-label={`${label}: ${format.percent(share)}`}>
      <circle cx="20" cy="20" r="18" />
      {share > 0 && <circle cx="20" cy="20" r="18" strokeDasharray={AROUND} strokeDashoffset={AROUND * (1 - Math.min(1, share))} />}
    </svg>
  );
}
