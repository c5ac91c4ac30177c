import type { ReactNode } from 'react';

import { useT } from '@lib/i18n';

/** The way here; each entry but the last is a link made by the page. */
export function Breadcrumb({ children }: { children: ReactNode[] }) {
  const t = useT();
  return (
    <nav aria-label={t('ui.breadcrumb')}>
      <ol className="crumbs">
        {children.map((child, index) => (
          <li key={index}>{child}</li>
        ))}
      </ol>
    </nav>
  );
}
