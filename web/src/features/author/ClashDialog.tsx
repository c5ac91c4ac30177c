import { useState, type ReactNode } from 'react';

import type { NodeView } from '@lib/api/courses';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';

type Props = { mine: ReactNode; theirs: ReactNode; changed: Pick<NodeView, 'changed_at'> | undefined; keep: string; onKeepMine: () => Promise<unknown>; onTakeTheirs: () => void };

/** Somebody changed it meanwhile: mine and theirs side by side, nothing is overwritten silently. */
export function ClashDialog({ mine, theirs, changed, keep, onKeepMine, onTakeTheirs }: Props) {
  const t = useT();
  const format = useFormats();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      title={t('author.clash.title')}
      open
      width={760}
      onClose={onTakeTheirs}
      dismissible={false}
      foot={
        <>
          <Button onClick={onTakeTheirs}>{t('author.clash.take-theirs')}</Button>
          <Button
            kind="primary"
            busy={busy}
            onClick={() => {
              setBusy(true);
              void onKeepMine().finally(() => setBusy(false));
            }}
          >
            {keep}
          </Button>
        </>
      }
    >
      <p className="muted">{changed?.changed_at ? t('author.clash.when', { when: format.dateTime(changed.changed_at) }) : t('author.clash.line')}</p>
      <div className="clash">
        <section>
          <h3>{t('author.clash.mine')}</h3>
          {mine}
        </section>
        <section>
          <h3>{t('author.clash.theirs')}</h3>
          {theirs}
        </section>
      </div>
    </Dialog>
  );
}
