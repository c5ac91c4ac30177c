import type { InputHTMLAttributes, Ref } from 'react';

import { Field, type FieldFrame } from '@ui/Field';

type Props = FieldFrame & Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> & { ref?: Ref<HTMLInputElement> };

/** One line of text. */
export function TextField({ label, hint, error, optional, ...input }: Props) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional ?? false}>
      {(ids) => <input className="input" {...input} {...ids} />}
    </Field>
  );
}
