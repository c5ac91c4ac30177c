import { useId, type ReactNode } from 'react';

import { Card } from '@ui/Card';

/** One group of settings under its own heading. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Card className="section">
        <h2 id={id}>{title}</h2>
        {children}
      </Card>
    </section>
  );
}
