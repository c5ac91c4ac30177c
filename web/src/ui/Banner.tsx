import type { ReactNode } from 'react';

import { Icon, type IconName } from '@ui/Icon';

type Tone = 'info' | 'success' | 'warning' | 'danger';

const SIGNS: Record<Tone, IconName> = { info: 'info', success: 'check-circle', warning: 'warning', danger: 'error' };

/** Something to know on this page; dangers are read at once. */
export function Banner({ tone = 'info', children, action }: { tone?: Tone; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={`banner banner-${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <Icon name={SIGNS[tone]} />
      <div className="grow">{children}</div>
      {action}
    </div>
  );
}
