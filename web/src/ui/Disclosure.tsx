import type { ReactNode } from 'react';

import { Icon } from '@ui/Icon';

/** A heading that opens what is under it, on the platform's own <details>. */
export function Disclosure({ summary, children, open = false, onToggle }: { summary: ReactNode; children: ReactNode; open?: boolean; onToggle?: (open: boolean) => void }) {
  return (
    <details className="disclosure" open={open} onToggle={(event) => onToggle?.(event.currentTarget.open)}>
      <summary>
        <Icon name="chevron-down" />
        <span className="grow">{summary}</span>
      </summary>
      <div className="disclosure-body">{children}</div>
    </details>
  );
}
