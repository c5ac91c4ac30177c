import type { ReactNode } from 'react';

import { Icon, type IconName } from '@ui/Icon';

type Props = { icon?: IconName; title: string; children?: ReactNode; action?: ReactNode; level?: 2 | 3 };

/** Nothing here yet: one sentence on why, one action. */
export function EmptyState({ icon = 'compass', title, children, action, level = 2 }: Props) {
  const Heading = `h${level}` as const;
  return (
    <div className="state">
      <Icon name={icon} />
      <Heading>{title}</Heading>
      {children && <div className="state-line">{children}</div>}
      {action}
    </div>
  );
}
