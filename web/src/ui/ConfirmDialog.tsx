import type { ReactNode } from 'react';

import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';

type Props = {
  title: string;
  children: ReactNode;
  /** The verb on the button: "Remove", not "OK". */
  action: string;
  danger?: boolean;
  busy?: boolean;
  open: boolean;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, children, action, danger = false, busy = false, open, onConfirm, onClose }: Props) {
  const t = useT();
  return (
    <Dialog
      title={title}
      open={open}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind={danger ? 'danger' : 'primary'} busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
