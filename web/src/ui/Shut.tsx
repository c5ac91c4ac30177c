import type { ReactNode } from 'react';

import type { Problem } from '@lib/problem';
import { ErrorState } from '@ui/ErrorState';
import { Page } from '@ui/Page';

/** Whether a page about one thing has nothing to show: it is not this person's to see, or there is no such thing. */
export const isShut = (problem: Problem | undefined): problem is Problem => problem !== undefined && [403, 404, 422].includes(problem.status);

/** That page: the state and the way back, without the tabs and buttons of what cannot be had. */
export function Shut({ problem, title, back }: { problem: Problem; title: string; back: ReactNode }) {
  return (
    <Page title={title}>
      {/* An address that names nothing is no form that was filled in wrongly. */}
      <ErrorState problem={problem.status === 422 ? { ...problem, status: 404, code: 'stoa.not_found' } : problem} back={back} />
    </Page>
  );
}
