import { Link } from '@tanstack/react-router';

import type { Listing } from '@lib/api/catalog';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Card } from '@ui/Card';
import { CoursePicture } from '@ui/CoursePicture';

import { categoryName } from './categoryName';

const languages = (locale: string): Intl.DisplayNames => new Intl.DisplayNames(locale, { type: 'language' });

/** One course of the catalogue; the whole card is pressed. */
export function CourseCard({ course }: { course: Listing }) {
  const t = useT();
  return (
    <Card as="li" className="course-card">
      <CoursePicture url={course.image_url} alt={course.image_alt} seed={course.course_id} />
      <div className="stack course-card-body">
        <h3 lang={course.language} dir="auto">
          <Link className="card-cover" to="/c/$course" params={{ course: course.slug }}>
            {course.title}
          </Link>
        </h3>
        {course.summary && (
          <p className="course-card-line muted small" lang={course.language} dir="auto">
            {course.summary}
          </p>
        )}
        <div className="row course-card-foot">
          {course.language !== t.locale && <Badge>{languages(t.locale).of(course.language) ?? course.language}</Badge>}
          {course.categories.slice(0, 2).map((category) => (
            <Badge key={category} tone="info">
              {categoryName(category)}
            </Badge>
          ))}
        </div>
      </div>
    </Card>
  );
}
