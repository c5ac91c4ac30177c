import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Forbidden } from '@ui/Forbidden';
import { OfflineBar } from '@ui/OfflineBar';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonCards, SkeletonLines } from '@ui/Skeleton';

import { Shelf } from './Shelf';

const SERVER = { status: 500, code: 'stoa.unexpected', title: 'Something went wrong on our side', requestId: '01JD8Z6Q4H', fields: {} };
const OFFLINE = { status: 0, code: 'client.offline', title: '', fields: {} };
const LIMIT = { status: 429, code: 'stoa.too_many', title: 'Too many requests', retryAfterS: 12, fields: {} };
const OWN = { status: 409, code: 'courses.slug_taken', title: 'Another course has this address', detail: 'The address “algebra” is taken.', hint: 'Choose another one.', fields: {} };
const nothing = (): void => undefined;

export function States() {
  return (
    <>
      <Shelf title="Loading">
        <SkeletonLines lines={3} />
        <SkeletonCards cards={3} height="120px" />
      </Shelf>
      <Shelf title="Empty, error, forbidden, offline">
        <OfflineBar always />
        <div className="grid">
          <Card>
            <EmptyState icon="book" title="No courses yet" level={3} action={<Button kind="primary">Explore the courses</Button>}>
              You are not enrolled in a course.
            </EmptyState>
          </Card>
          <Card>
            <ErrorState level={3} problem={SERVER} safe="Your answers are saved." onRetry={nothing} />
          </Card>
          <Card>
            <ErrorState level={3} problem={OFFLINE} onRetry={nothing} />
          </Card>
          <Card>
            <Forbidden level={3} />
          </Card>
        </div>
        <ProblemBanner problem={LIMIT} />
        <ProblemBanner problem={OWN} />
      </Shelf>
    </>
  );
}
