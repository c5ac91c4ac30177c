import type { ReactNode } from 'react';

import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { EmptyState } from '@ui/EmptyState';
import { Page } from '@ui/Page';

import type { Room } from './room';

/** Whoever was asked to leave, or whose seat is over, sees that and no dead room. */
export function OutOfRoom({ room, children }: { room: Room; children: ReactNode }) {
  const t = useT();
  const link = useSignal(room.link);
  if (link !== 'out') return children;
  return (
    <Page title={room.facts.title} width="text">
      <EmptyState icon="log-out" title={t('live.out')}>
        {t('live.out-line')}
      </EmptyState>
    </Page>
  );
}
