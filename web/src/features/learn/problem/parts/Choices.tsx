import { useId } from 'react';

import { useT } from '@lib/i18n';
import { CheckboxGroup, RadioGroup } from '@ui/Choices';
import { Prose } from '@ui/Prose';

import { textOf, withAddresses, type PartOf } from '../response';
import { isInline, type KindProps } from './kind';

const hasWords = (html: string): boolean => textOf(html) !== '' || /\balt=("[^"]|'[^'])/.test(html);

/** One of a few, or all that apply. */
export function Choices({ part, label, hasLabel, hint, value, onChange, disabled, urls }: KindProps<PartOf<'single_choice'> | PartOf<'multiple_choice'>>) {
  const t = useT();
  const choices = part.choices.map((choice, index) => ({
    value: choice.id,
    label: (
      <>
        <Prose inline html={withAddresses(choice.html, urls)} />
        {/* A picture that its author left without words still has a place in the list. */}
        {!hasWords(choice.html) && <span className="visually-hidden">{t('learn.part.option', { number: index + 1 })}</span>}
      </>
    ),
  }));
  const shared = { legend: label, hideLegend: !hasLabel, hint, choices, boxed: true, disabled };
  if (part.kind === 'single_choice') return <RadioGroup {...shared} value={typeof value === 'string' ? value : null} onChange={onChange} />;
  return <CheckboxGroup {...shared} values={Array.isArray(value) ? value : []} onChange={onChange} />;
}

/** One of many, by the platform's own list. */
export function Menu({ part, label, hasLabel, name, hint, value, onChange, disabled, describedBy, invalid, title }: KindProps<PartOf<'dropdown'>>) {
  const t = useT();
  const id = useId();
  const select = (
    <select
      id={id}
      className="input part-select"
      value={typeof value === 'string' ? value : ''}
      disabled={disabled}
      aria-label={isInline(part) ? [title, name].filter(Boolean).join(', ') : undefined}
      aria-describedby={[hint ? `${id}-hint` : '', describedBy ?? ''].filter(Boolean).join(' ') || undefined}
      aria-invalid={invalid || undefined}
      onChange={(event) => onChange(event.target.value || null)}
    >
      <option value="">{t('learn.part.choose')}</option>
      {part.choices.map((choice) => (
        <option key={choice.id} value={choice.id}>
          {textOf(choice.html)}
        </option>
      ))}
    </select>
  );
  if (isInline(part)) return select;
  return (
    <div className="field">
      <label className={hasLabel ? 'label' : 'visually-hidden'} htmlFor={id}>
        {label}
      </label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {select}
    </div>
  );
}
