import './author.css';

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useCourseDraftQuery } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Breadcrumb } from '@ui/Breadcrumb';
import { Page } from '@ui/Page';
import { isShut, Shut } from '@ui/Shut';

import { PresenceLine } from './PresenceLine';
import { STATE_TONES } from './states';

type Props = { course: string; title: string; lead?: ReactNode; actions?: ReactNode; width?: 'text' | 'normal' | 'wide'; crumbs?: ReactNode; children: ReactNode };

const PLACES = [
  { to: '/author/$course/outline', words: 'author.outline.title' },
  { to: '/author/$course/media', words: 'author.media.title' },
  { to: '/author/$course/details', words: 'author.details.title' },
  { to: '/author/$course/publish', words: 'author.publish.title' },
] as const;

/** What the pages of one draft share: the way here, the course's state, its places. */
export function CourseFrame({ course, title, lead, actions, width = 'normal', crumbs, children }: Props) {
  const t = useT();
  const { data, error } = useCourseDraftQuery({ course });
  const problem = data ? undefined : asProblem(error);
  const name = data?.fields.title ?? t('author.a-course');
  const way = [
    <Link key="all" to="/author">
      {t('author.author.title')}
    </Link>,
    <Link key="course" to="/author/$course/outline" params={{ course }} search={{}}>
      <bdi>{name}</bdi>
    </Link>,
  ];
  if (isShut(problem)) {
    return (
      <Shut
        problem={problem}
        title={title}
        back={
          <Link className="btn btn-secondary" to="/author">
            {t('author.back')}
          </Link>
        }
      />
    );
  }
  return (
    <Page title={title} tab={`${title} · ${name}`} lead={lead} actions={actions} width={width} above={<Breadcrumb>{crumbs ? [...way, crumbs] : way}</Breadcrumb>}>
      <nav className="tabs" aria-label={t('author.places')}>
        {PLACES.map(({ to, words }) => (
          <Link key={to} className="tab" to={to} params={{ course }} search={{}} activeOptions={{ includeSearch: false }}>
            {t(words)}
          </Link>
        ))}
        <PresenceLine course={course} />
        {data && <span className="course-state">
          <Badge tone={STATE_TONES[data.state]}>{t(`author.state.${data.state}`)}</Badge>
        </span>}
      </nav>
      {children}
    </Page>
  );
}
