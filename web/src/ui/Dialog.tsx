import { useEffect, useId, useRef, type ReactNode } from 'react';

import { useT } from '@lib/i18n';
import { IconButton } from '@ui/IconButton';

type Props = {
  title: string;
  hideTitle?: boolean;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  foot?: ReactNode;
  width?: number;
  side?: 'start' | 'end';
  /** False for what must be answered: no closing by Escape, backdrop or cross. */
  dismissible?: boolean;
};

/** A modal on the platform's own <dialog>: focus stays inside and returns to where it was. */
export function Dialog({ title, hideTitle = false, open, onClose, children, foot, width = 480, side, dismissible = true }: Props) {
  const t = useT();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (open && !element.open) {
      element.showModal();
      // The platform would choose the cross; whoever opens a form wants its first field.
      element.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea)')?.focus();
    }
    if (!open && element.open) element.close();
  }, [open]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions jsx-a11y/click-events-have-key-events -- a press on the backdrop; Escape does the same by keyboard
    <dialog
      ref={dialog}
      className={`dialog ${side ? 'dialog-side' : ''} ${side === 'start' ? 'dialog-start' : ''}`}
      style={{ '--w': `${width}px` } as React.CSSProperties}
      aria-labelledby={id}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        if (dismissible) onClose();
      }}
      onClick={(event) => dismissible && event.target === event.currentTarget && onClose()}
    >
      {open && (
        <>
          <div className="dialog-head">
            <h2 id={id} className={hideTitle ? 'visually-hidden' : undefined}>
              {title}
            </h2>
            {dismissible && <IconButton icon="close" label={t('ui.close')} tip={false} onClick={onClose} />}
          </div>
          <div className="dialog-body">{children}</div>
          {foot && <div className="dialog-foot">{foot}</div>}
        </>
      )}
    </dialog>
  );
}
