import { lazy, Suspense, useId } from 'react';

import { useT } from '@lib/i18n';

import type { PartOf } from '../response';
import { isInline, type KindProps } from './kind';

const FormulaPreview = lazy(() => import('./FormulaPreview'));

type Part = PartOf<'numerical'> | PartOf<'short_text'> | PartOf<'formula'> | PartOf<'free_text'>;

/** A number, a word, a formula or a longer text, written. */
export function ShortAnswer({ part, label, hasLabel, name, hint, value, onChange, disabled, describedBy, invalid, title }: KindProps<Part>) {
  const t = useT();
  const id = useId();
  const written = typeof value === 'string' ? value : '';
  const usage =
    part.kind === 'formula'
      ? t('learn.part.formula-hint', { variables: part.variables.join(', ') })
      : part.kind === 'numerical' && part.wants_unit
        ? t('learn.part.unit-hint')
        : undefined;
  const trailing = part.kind === 'free_text' ? '' : part.trailing_text;
  const described = [hint ? `${id}-hint` : '', usage && !isInline(part) ? `${id}-usage` : '', trailing ? `${id}-trailing` : '', describedBy ?? ''].filter(Boolean).join(' ');
  const shared = {
    id,
    value: written,
    disabled,
    className: 'input',
    'aria-label': isInline(part) ? [title, name].filter(Boolean).join(', ') : undefined,
    'aria-describedby': described || undefined,
    'aria-invalid': invalid || undefined,
  };
  const control =
    part.kind === 'free_text' ? (
      <textarea {...shared} rows={6} maxLength={20_000} onChange={(event) => onChange(event.target.value)} />
    ) : (
      <span className="part-line">
        <input
          {...shared}
          type="text"
          style={part.size > 0 ? { inlineSize: `min(100%, ${part.size + 4}ch)` } : undefined}
          dir={part.kind === 'short_text' ? 'auto' : 'ltr'}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={part.kind === 'short_text' ? undefined : false}
          maxLength={2000}
          onChange={(event) => onChange(event.target.value)}
        />
        {trailing && <span id={`${id}-trailing`}>{trailing}</span>}
      </span>
    );
  if (isInline(part)) return control;
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
      {control}
      {usage && (
        <p className="hint" id={`${id}-usage`}>
          {usage}
        </p>
      )}
      {(part.kind === 'formula' || (part.kind === 'numerical' && /[*/^(]/.test(written))) && written.trim() !== '' && (
        <Suspense fallback={null}>
          <FormulaPreview source={written} variables={part.kind === 'formula' ? part.variables : []} />
        </Suspense>
      )}
    </div>
  );
}
