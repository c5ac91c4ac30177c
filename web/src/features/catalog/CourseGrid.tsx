import type { ReactNode } from 'react';

import type { Listing } from '@lib/api/catalog';
import { asProblem } from '@lib/asProblem';
import { ErrorState } from '@ui/ErrorState';
import { SkeletonCards } from '@ui/Skeleton';

import { CourseCard } from './CourseCard';

type Props = { courses: Listing[] | undefined; error: unknown; onRetry: () => void; empty: ReactNode; cards?: number };

/** Courses in a grid, in each of its states. */
export function CourseGrid({ courses, error, onRetry, empty, cards = 6 }: Props) {
  if (!courses && error) return <ErrorState problem={asProblem(error)} onRetry={onRetry} />;
  if (!courses) return <SkeletonCards cards={cards} height="290px" />;
  if (courses.length === 0) return empty;
  return (
    <ul className="grid">
      {courses.map((course) => (
        <CourseCard key={course.course_id} course={course} />
      ))}
    </ul>
  );
}
