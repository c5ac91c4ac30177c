import { useEffect, type ReactNode } from 'react';

import { useHeading } from '@lib/navigation';

type Props = {
  title: string;
  /** What the browser's tab says, when it must say more than the heading. */
  tab?: string;
  lead?: ReactNode;
  above?: ReactNode;
  actions?: ReactNode;
  width?: 'narrow' | 'text' | 'wide' | 'normal';
  children: ReactNode;
};

/** A page: its one h1 (focused and announced on navigation), its title in the tab, its actions. */
export function Page({ title, tab, lead, above, actions, width = 'normal', children }: Props) {
  const heading = useHeading();
  useEffect(() => {
    document.title = `${tab ?? title} · Stoa`;
  }, [title, tab]);
  return (
    <div className={`page page-${width}`}>
      <div className="page-head">
        <div>
          {above}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <div className="muted">{lead}</div>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
