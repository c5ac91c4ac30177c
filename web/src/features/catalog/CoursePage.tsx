import './catalog.css';

import { Link, useParams } from '@tanstack/react-router';

import { useCoursePageQuery, type CourseListing } from '@lib/api/catalog';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Breadcrumb } from '@ui/Breadcrumb';
import { Disclosure } from '@ui/Disclosure';
import { ErrorState } from '@ui/ErrorState';
import { Icon } from '@ui/Icon';
import { Page } from '@ui/Page';
import { Prose } from '@ui/Prose';
import { SkeletonLines } from '@ui/Skeleton';

import { categoryName } from './categoryName';
import { EnrolCard } from './EnrolCard';

const BEGINS_WITH_A_HEADING = /^\s*(<(section|div|article)[^>]*>\s*)*<h[1-3]\b/i;

export default function CoursePage() {
  const t = useT();
  const { course: slug } = useParams({ from: '/c/$course' });
  const { currentData: course, error, refetch } = useCoursePageQuery({ slug });
  if (!course) {
    return (
      <Page title={t('catalog.course.title')}>
        {error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />}
      </Page>
    );
  }
  return (
    <Page
      title={course.title}
      lead={<p lang={course.language}>{course.summary}</p>}
      above={
        <Breadcrumb>
          {[
            <Link key="catalog" to="/catalog" search={{}}>
              {t('catalog.title')}
            </Link>,
            ...course.categories.slice(0, 1).map((category) => (
              <Link key={category} to="/catalog" search={{ category }}>
                {categoryName(category)}
              </Link>
            )),
          ]}
        </Breadcrumb>
      }
    >
      <div className="split">
        <div className="stack course-about">
          {course.overview_html && (
            <section className="section" aria-labelledby="about">
              {/* Words that bring their own heading need no second one above it. */}
              <h2 id="about" className={BEGINS_WITH_A_HEADING.test(course.overview_html) ? 'visually-hidden' : ''}>
                {t('catalog.course.about')}
              </h2>
              <Prose html={course.overview_html} lang={course.language} />
            </section>
          )}
          <Preview course={course} />
        </div>
        <EnrolCard course={course} />
      </div>
    </Page>
  );
}

function Preview({ course }: { course: CourseListing }) {
  const t = useT();
  const units = course.sections.flatMap((section) => section.subsections.flatMap((subsection) => subsection.units));
  return (
    <section aria-labelledby="inside">
      <h2 id="inside">{t('catalog.course.inside')}</h2>
      <p className="muted small">{t('catalog.course.counts', { sections: course.sections.length, lessons: units.length })}</p>
      {course.sections.map((section, index) => (
        <Disclosure key={section.id} open={index === 0} summary={<span lang={course.language}>{section.title}</span>}>
          {section.subsections.map((subsection) => (
            <div key={subsection.id}>
              <h3 className="preview-part" lang={course.language}>
                {subsection.title}
              </h3>
              <ul className="preview-units" lang={course.language}>
                {subsection.units.map((unit) => (
                  <li key={unit.id}>
                    <Icon name={unit.can_try ? 'play' : 'text'} />
                    <span className="grow">{unit.title}</span>
                    {unit.can_try && (
                      <Link className="btn btn-quiet" to="/try/$unit" params={{ unit: unit.id }} search={{ course: course.slug }} lang={t.locale} aria-label={t('catalog.course.try-named', { title: unit.title })}>
                        {t('catalog.course.try')}
                      </Link>
                    )}
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </Disclosure>
      ))}
    </section>
  );
}
