import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { Page } from '@ui/Page';
import { SkeletonLines } from '@ui/Skeleton';
import { useT } from '@lib/i18n';

const PlanPage = lazy(() => import('./PlanPage'));
const ReplayPage = lazy(() => import('./ReplayPage'));

/** What lies around a class: its plan before it, its replay after it (`replay`, or the id of a recording). One route for all: the shell names every route. */
export default function AroundPage() {
  const t = useT();
  const { view } = useParams({ strict: false });
  const isPlan = view === 'plan';
  return (
    <Suspense
      fallback={
        <Page title={t(isPlan ? 'classes.plan' : 'classes.replay')}>
          <SkeletonLines lines={6} />
        </Page>
      }
    >
      {isPlan ? <PlanPage /> : <ReplayPage />}
    </Suspense>
  );
}
