import { useId } from 'react';

import { Icon, type IconName } from '@ui/Icon';

type Props<T extends string> = {
  legend: string;
  hideLegend?: boolean;
  value: T;
  segments: { value: T; label: string; icon?: IconName }[];
  onChange: (value: T) => void;
};

/** One of two to four, side by side. */
export function Segments<T extends string>({ legend, hideLegend = false, value, segments, onChange }: Props<T>) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend className={hideLegend ? 'visually-hidden' : undefined}>{legend}</legend>
      <div className="segments">
        {segments.map((segment) => (
          <label key={segment.value}>
            <input type="radio" name={name} value={segment.value} checked={segment.value === value} onChange={() => onChange(segment.value)} />
            {segment.icon && <Icon name={segment.icon} />}
            {segment.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
