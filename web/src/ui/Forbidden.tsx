import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';
import { Icon } from '@ui/Icon';

/** This page is not for this person; says who can grant it. */
export function Forbidden({ detail, level = 2 }: { detail?: string | undefined; level?: 1 | 2 | 3 }) {
  const t = useT();
  if (level === 1) {
    return (
      <div className="state">
        <Icon name="lock" />
        <h1 tabIndex={-1}>{t('ui.forbidden')}</h1>
        <p className="state-line">{detail ?? t('ui.forbidden-line')}</p>
      </div>
    );
  }
  return (
    <EmptyState icon="lock" title={t('ui.forbidden')} level={level}>
      {detail ?? t('ui.forbidden-line')}
    </EmptyState>
  );
}
