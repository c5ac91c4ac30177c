import { useState, type ReactNode } from 'react';

/** A hint on hover and focus; Escape hides it. It repeats the control's own label, so readers of the screen do not hear it twice. */
export function Tooltip({ text, children }: { text: string; children: ReactNode }) {
  const [hidden, setHidden] = useState(false);
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the wrapper only listens to what bubbles from the real control
    <span className="tip" onKeyDown={(event) => event.key === 'Escape' && setHidden(true)} onPointerEnter={() => setHidden(false)} onBlur={() => setHidden(false)}>
      {children}
      {!hidden && (
        <span className="tip-text" aria-hidden="true">
          {text}
        </span>
      )}
    </span>
  );
}
