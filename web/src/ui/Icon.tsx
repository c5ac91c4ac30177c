import type { ICONS } from './icons';
import sprite from './icons.svg?url';

export type IconName = (typeof ICONS)[number];

const DIRECTIONAL = /-(start|end)$|^(send|log-in|log-out|external)$/;

/** A sign from the sprite. It is decoration: the words beside it, or the button's label, carry the meaning. */
export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg className={`icon ${DIRECTIONAL.test(name) ? 'flips' : ''} ${className}`} aria-hidden="true" focusable="false">
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}
