import './teach.css';

import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { useCourseDraftQuery } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Breadcrumb } from '@ui/Breadcrumb';
import { Button } from '@ui/Button';
import { Page } from '@ui/Page';
import { isShut, Shut } from '@ui/Shut';
import { Tabs } from '@ui/Tabs';

import { EnrolDialog } from './learners/EnrolDialog';
import { Learners } from './learners/Learners';
import { Rules } from './learners/Rules';
import { Waitlist } from './learners/Waitlist';

export default function PeoplePage() {
  const t = useT();
  const { course = '' } = useParams({ strict: false });
  const { data, error } = useCourseDraftQuery({ course });
  const problem = data ? undefined : asProblem(error);
  const [tab, setTab] = useState('learners');
  const [enrolling, setEnrolling] = useState(false);
  const name = data?.fields.title ?? t('teach.a-course');
  if (isShut(problem)) {
    return (
      <Shut
        problem={problem}
        title={t('teach.people.title')}
        back={
          <Link className="btn btn-secondary" to="/teach">
            {t('teach.to-courses')}
          </Link>
        }
      />
    );
  }
  return (
    <Page
      title={t('teach.people.title')}
      tab={`${t('teach.people.title')} · ${name}`}
      above={
        <Breadcrumb>
          {[
            <Link key="all" to="/teach">
              {t('teach.teach.title')}
            </Link>,
            <bdi key="course">{name}</bdi>,
          ]}
        </Breadcrumb>
      }
      actions={
        <Button kind="primary" icon="plus" onClick={() => setEnrolling(true)}>
          {t('teach.enrol')}
        </Button>
      }
    >
      <Tabs
        label={t('teach.people.title')}
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'learners', label: t('teach.learners'), panel: <Learners course={course} onEnrol={() => setEnrolling(true)} /> },
          { id: 'waiting', label: t('teach.waiting'), panel: <Waitlist course={course} /> },
          { id: 'rules', label: t('teach.rules'), panel: <Rules course={course} /> },
        ]}
      />
      {enrolling && <EnrolDialog course={course} onClose={() => setEnrolling(false)} />}
    </Page>
  );
}
