import { useId, useState, type MouseEvent } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

import { addressOf, type PartOf } from '../response';
import type { KindProps } from './kind';

/** A point in an image: by a press, or by its two figures for those who do not point. */
export default function ImageRegion({ part, label, hasLabel, hint, value, onChange, disabled, urls, describedBy }: KindProps<PartOf<'image_region'>>) {
  const t = useT();
  const id = useId();
  const [natural, setNatural] = useState({ width: 1, height: 1 });
  const [x = '', y = ''] = typeof value === 'string' ? value.split(',') : [];
  const width = part.width || natural.width;
  const height = part.height || natural.height;
  const press = (event: MouseEvent<HTMLButtonElement>): void => {
    // A press by keyboard has no place: the two fields below are for that.
    const image = event.currentTarget.querySelector('img');
    if (event.detail === 0 || !image) return;
    const box = image.getBoundingClientRect();
    const across = Math.round(((event.clientX - box.left) / box.width) * width);
    const down = Math.round(((event.clientY - box.top) / box.height) * height);
    onChange(`${across},${down}`);
  };
  const field = (name: 'x' | 'y', shown: string, most: number): React.ReactNode => (
    <label className="region-field">
      <span className="label">{t(`learn.region.${name}`)}</span>
      <input
        className="input"
        type="number"
        inputMode="numeric"
        min={0}
        max={Math.round(most)}
        value={shown}
        disabled={disabled}
        onChange={(event) => onChange(name === 'x' ? `${event.target.value},${y || '0'}` : `${x || '0'},${event.target.value}`)}
      />
    </label>
  );
  return (
    <fieldset className="choices" aria-describedby={[`${id}-how`, describedBy ?? ''].join(' ').trim()}>
      <legend className={hasLabel ? undefined : 'visually-hidden'}>{label}</legend>
      {hint && <p className="hint">{hint}</p>}
      <p className="hint" id={`${id}-how`}>
        {t('learn.region.how')}
      </p>
      <button type="button" className="region" disabled={disabled} onClick={press} tabIndex={-1}>
        <img
          src={addressOf(part.image, urls)}
          alt={part.image_alt || t('learn.region.image')}
          draggable={false}
          onLoad={(event) => setNatural({ width: event.currentTarget.naturalWidth || 1, height: event.currentTarget.naturalHeight || 1 })}
        />
        {x !== '' && y !== '' && (
          <span className="region-mark" style={{ left: `${(Number(x) / width) * 100}%`, top: `${(Number(y) / height) * 100}%` }}>
            <Icon name="dot-circle" />
          </span>
        )}
      </button>
      <div className="row">
        {field('x', x, width)}
        {field('y', y, height)}
      </div>
    </fieldset>
  );
}
