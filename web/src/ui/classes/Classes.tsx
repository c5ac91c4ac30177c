import { lazy, Suspense } from 'react';

import { loadMessages } from '@lib/i18n';

const ClassShelf = lazy(() => Promise.all([import('./ClassShelf'), loadMessages('live')]).then(([module]) => module));

/** The shelf of live classes; its code and words come after the page around it stands. */
export function Classes(props: { course?: string; plans?: boolean }) {
  return (
    <Suspense fallback={null}>
      <ClassShelf {...props} />
    </Suspense>
  );
}
