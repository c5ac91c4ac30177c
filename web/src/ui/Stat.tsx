import type { ReactNode } from 'react';

/** One figure and what it counts; put several in a <dl className="grid">. */
export function Stat({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div className="stat">
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
