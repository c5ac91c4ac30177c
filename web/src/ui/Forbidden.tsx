import type { ReactNode } from 'react';

import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';
import { Icon } from '@ui/Icon';

/** This page is not for this person; says who can grant it. */
export function Forbidden({ detail, level = 2, back }: { detail?: string | undefined; level?: 1 | 2 | 3; back?: ReactNode }) {
  const t = useT();
  if (level === 1) {
    return (
      <div className="state">
        <Icon name="lock" />
        <h1 tabIndex={-1}>{t('ui.forbidden')}</h1>
        <p className="state-line">{detail ?? t('ui.forbidden-line')}</p>
        {back}
      </div>
    );
  }
  return (
    <EmptyState icon="lock" title={t('ui.forbidden')} level={level} action={back}>
      {detail ?? t('ui.forbidden-line')}
    </EmptyState>
  );
}
