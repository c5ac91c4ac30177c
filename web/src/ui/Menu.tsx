import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import { Icon, type IconName } from '@ui/Icon';

export type MenuItem =
  | { kind?: 'item'; id: string; label: string; icon?: IconName; danger?: boolean; disabled?: boolean; onPress: () => void }
  | { kind: 'rule'; id: string };

type Props = {
  label: string;
  /** The button, made by the caller; left out where `anchor` is a button elsewhere. */
  trigger?: (props: { id: string; 'aria-haspopup': 'menu'; 'aria-expanded': boolean; 'aria-controls': string | undefined; onClick: () => void; onKeyDown: (event: KeyboardEvent) => void }) => ReactNode;
  items: MenuItem[];
  head?: ReactNode;
  defaultOpen?: boolean;
  /** A button outside: a tree or grid takes the keys of what is inside it, so its menus are drawn beside it, open from the start. */
  anchor?: HTMLElement;
  onClose?: () => void;
};

/** Actions under a button: arrows, Home, End, first letter and Escape work; it opens in the top layer, so nothing clips it. */
export function Menu({ label, trigger, items, head, defaultOpen = false, anchor, onClose }: Props) {
  const id = useId();
  const [open, setOpen] = useState(defaultOpen || anchor !== undefined);
  const menu = useRef<HTMLDivElement>(null);
  const button = (): HTMLElement | null => anchor ?? document.getElementById(`${id}-button`);
  const closing = useRef(onClose);
  useEffect(() => {
    closing.current = onClose;
  });

  useLayoutEffect(() => {
    const element = menu.current;
    if (!open || !element) return undefined;
    element.showPopover?.();
    place(element, anchor ?? document.getElementById(`${id}-button`));
    element.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const closed = (event: Event): void => {
      if ((event as ToggleEvent).newState !== 'closed') return;
      setOpen(false);
      closing.current?.();
    };
    element.addEventListener('toggle', closed);
    return () => element.removeEventListener('toggle', closed);
  }, [open, id, anchor]);

  useEffect(() => {
    if (!open) return undefined;
    const shut = (): void => setOpen(false);
    addEventListener('resize', shut);
    return () => removeEventListener('resize', shut);
  }, [open]);

  const close = (): void => {
    setOpen(false);
    button()?.focus();
    onClose?.();
  };
  const steer = (event: KeyboardEvent<HTMLDivElement>): void => {
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitem"]')];
    const here = stops.indexOf(document.activeElement as HTMLElement);
    const to = target(event.key, here, stops);
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (to) to.focus();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
  };
  return (
    <>
      {trigger?.({
        id: `${id}-button`,
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        'aria-controls': open ? `${id}-menu` : undefined,
        onClick: () => setOpen(!open),
        onKeyDown: (event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          setOpen(true);
        },
      })}
      {open && (
        <div ref={menu} id={`${id}-menu`} className="menu" popover="auto">
          {head}
          <div role="menu" aria-label={label} tabIndex={-1} onKeyDown={steer}>
            {items.map((item) =>
              item.kind === 'rule' ? (
                <hr key={item.id} />
              ) : (
                <button
                  key={item.id}
                  type="button"
                  role="menuitem"
                  tabIndex={-1}
                  className={`menu-item ${item.danger ? 'danger' : ''}`}
                  aria-disabled={item.disabled || undefined}
                  onClick={() => {
                    if (item.disabled) return;
                    close();
                    item.onPress();
                  }}
                >
                  {item.icon && <Icon name={item.icon} />}
                  {item.label}
                </button>
              ),
            )}
          </div>
        </div>
      )}
    </>
  );
}

function target(key: string, here: number, stops: HTMLElement[]): HTMLElement | undefined {
  const last = stops.length - 1;
  if (key === 'ArrowDown') return stops[here >= last ? 0 : here + 1];
  if (key === 'ArrowUp') return stops[here <= 0 ? last : here - 1];
  if (key === 'Home') return stops[0];
  if (key === 'End') return stops[last];
  if (key.length !== 1 || key === ' ') return undefined;
  const after = [...stops.slice(here + 1), ...stops.slice(0, here + 1)];
  return after.find((stop) => stop.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
}

function place(menu: HTMLElement, button: HTMLElement | null): void {
  if (!button) return;
  const anchor = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const end = document.documentElement.dir === 'rtl' ? anchor.left : anchor.right - width;
  const below = anchor.bottom + 4;
  menu.style.left = `${Math.max(8, Math.min(end, innerWidth - width - 8))}px`;
  menu.style.top = `${below + height > innerHeight && anchor.top > height ? anchor.top - height - 4 : below}px`;
}
