import type { InputHTMLAttributes, ReactNode } from 'react';

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, 'type'> & { label: ReactNode; hint?: ReactNode };

/** One yes or no inside a form. */
export function Checkbox({ label, hint, ...input }: Props) {
  return (
    <label className="choice">
      <input {...input} type="checkbox" />
      <span className="grow">
        {label}
        {hint && <span className="hint">{hint}</span>}
      </span>
    </label>
  );
}
