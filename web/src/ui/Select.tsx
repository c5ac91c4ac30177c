import type { SelectHTMLAttributes } from 'react';

import { Field, type FieldFrame } from '@ui/Field';

export type Option = { value: string; label: string; disabled?: boolean };

type Props = FieldFrame & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id' | 'children'> & { options: Option[]; placeholder?: string };

/** One of many, by the platform's own list: it works on every phone and with every reader. */
export function Select({ label, hint, error, optional, options, placeholder, ...select }: Props) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional ?? false}>
      {(ids) => (
        <select className="input" {...select} {...ids}>
          {placeholder !== undefined && <option value="">{placeholder}</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
