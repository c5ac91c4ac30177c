import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';

import { Icon, type IconName } from '@ui/Icon';

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger' | 'play';

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> & {
  kind?: ButtonKind;
  icon?: IconName | undefined;
  iconEnd?: IconName | undefined;
  busy?: boolean;
  wide?: boolean;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
};

/** A verb to press. While `busy` it keeps focus and its words, and ignores further presses. */
export function Button({ kind = 'secondary', icon, iconEnd, busy = false, wide = false, children, className = '', onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={`btn btn-${kind} ${wide ? 'btn-wide' : ''} ${className}`}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <Icon name="spinner" /> : icon && <Icon name={icon} />}
      {children}
      {iconEnd && <Icon name={iconEnd} />}
    </button>
  );
}
