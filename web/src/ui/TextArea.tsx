import type { Ref, TextareaHTMLAttributes } from 'react';

import { Field, type FieldFrame } from '@ui/Field';

type Props = FieldFrame & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'id'> & { ref?: Ref<HTMLTextAreaElement> };

/** Several lines of text; it grows with what is written. */
export function TextArea({ label, hint, error, optional, ...area }: Props) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional ?? false}>
      {(ids) => <textarea className="input" {...area} {...ids} />}
    </Field>
  );
}
