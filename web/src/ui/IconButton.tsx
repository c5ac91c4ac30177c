import type { ButtonHTMLAttributes, Ref } from 'react';

import { Icon, type IconName } from '@ui/Icon';
import { Tooltip } from '@ui/Tooltip';

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> & {
  icon: IconName;
  label: string;
  tip?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

/** A button of one sign; its label is read aloud and shown on hover and focus. */
export function IconButton({ icon, label, tip = true, className = '', ...rest }: Props) {
  const button = (
    <button type="button" {...rest} className={`btn btn-quiet btn-icon ${className}`} aria-label={label}>
      <Icon name={icon} />
    </button>
  );
  return tip ? <Tooltip text={label}>{button}</Tooltip> : button;
}
