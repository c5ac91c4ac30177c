import { useId, type ReactNode } from 'react';

import { Icon } from '@ui/Icon';

export type Choice = { value: string; label: ReactNode; hint?: ReactNode; disabled?: boolean };

type Common = {
  legend: ReactNode;
  hideLegend?: boolean;
  choices: Choice[];
  boxed?: boolean;
  error?: string | undefined;
  hint?: ReactNode;
  disabled?: boolean;
  name?: string;
};

type RadioProps = Common & { value: string | null; onChange: (value: string) => void };
type CheckboxProps = Common & { values: string[]; onChange: (values: string[]) => void };

/** One of a few, all in sight. */
export function RadioGroup({ value, onChange, name, ...frame }: RadioProps) {
  const id = useId();
  return (
    <Group {...frame} role="radiogroup">
      {(choice) => (
        <input
          type="radio"
          name={name ?? id}
          value={choice.value}
          checked={value === choice.value}
          disabled={frame.disabled || choice.disabled}
          onChange={() => onChange(choice.value)}
        />
      )}
    </Group>
  );
}

/** Any number of a few, all in sight. */
export function CheckboxGroup({ values, onChange, name, ...frame }: CheckboxProps) {
  return (
    <Group {...frame}>
      {(choice) => (
        <input
          type="checkbox"
          name={name}
          value={choice.value}
          checked={values.includes(choice.value)}
          disabled={frame.disabled || choice.disabled}
          onChange={(event) => onChange(event.target.checked ? [...values, choice.value] : values.filter((each) => each !== choice.value))}
        />
      )}
    </Group>
  );
}

type GroupProps = Omit<Common, 'name'> & { role?: 'radiogroup'; children: (choice: Choice) => ReactNode };

function Group({ legend, hideLegend = false, choices, boxed = false, error, hint, role, children }: GroupProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;
  return (
    <fieldset className="choices" role={role} aria-describedby={described} aria-invalid={role && error ? true : undefined}>
      <legend className={hideLegend ? 'visually-hidden' : undefined}>{legend}</legend>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {choices.map((choice) => (
        <label key={choice.value} className={`choice ${boxed ? 'choice-boxed' : ''}`}>
          {children(choice)}
          <span className="grow">
            {choice.label}
            {choice.hint && <span className="hint">{choice.hint}</span>}
          </span>
        </label>
      ))}
      {error && (
        <p className="field-error" id={`${id}-error`}>
          <Icon name="error" />
          {error}
        </p>
      )}
    </fieldset>
  );
}
