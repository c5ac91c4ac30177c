import { SkeletonLines } from '@ui/Skeleton';

/** A page whose code is on its way. */
export function Pending() {
  return (
    <div className="page">
      <SkeletonLines lines={6} />
    </div>
  );
}
