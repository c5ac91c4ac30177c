import { useState, type InputHTMLAttributes } from 'react';

import { useT } from '@lib/i18n';
import { Field, type FieldFrame } from '@ui/Field';
import { IconButton } from '@ui/IconButton';

type Props = FieldFrame & Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'type'>;

/** A password, hidden until asked for; pasting and password managers are welcome. */
export function PasswordField({ label, hint, error, ...input }: Props) {
  const t = useT();
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <div className="input-wrap">
          <input className="input" {...input} {...ids} type={shown ? 'text' : 'password'} autoCapitalize="none" spellCheck={false} />
          <IconButton
            icon={shown ? 'eye-off' : 'eye'}
            label={t(shown ? 'ui.hide-password' : 'ui.show-password')}
            tip={false}
            onClick={() => setShown(!shown)}
          />
        </div>
      )}
    </Field>
  );
}
