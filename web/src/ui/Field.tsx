import { useId, type ReactNode } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

export type FieldFrame = {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
};

export type FieldIds = { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined };

/** Label, control, hint and error, tied together for readers of the screen. */
export function Field({ label, hint, error, optional = false, children }: FieldFrame & { children: (ids: FieldIds) => ReactNode }) {
  const t = useT();
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label} {optional && <span className="optional">{t('ui.optional')}</span>}
      </label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p className="field-error" id={`${id}-error`}>
          <Icon name="error" />
          {error}
        </p>
      )}
    </div>
  );
}
