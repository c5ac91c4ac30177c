import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';
import { ProblemBanner } from '@ui/ProblemBanner';

import type { Saving } from './useOutlineEdits';

/** What became of the last change, in words. It is announced where it happens, so the line itself is not read twice. */
export function SavingLine({ saving }: { saving: Saving }) {
  const t = useT();
  if (saving.kind === 'failed') return <ProblemBanner problem={saving.problem} />;
  return (
    <p className={`save-state ${saving.kind === 'done' ? 'saved' : ''}`} data-saving={saving.kind}>
      {saving.kind === 'busy' && (
        <>
          <Icon name="refresh" />
          {t('save.saving')}
        </>
      )}
      {saving.kind === 'done' && (
        <>
          <Icon name="check" />
          <bdi>{saving.words}</bdi>
        </>
      )}
    </p>
  );
}
