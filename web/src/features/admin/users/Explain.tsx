import { skipToken } from '@reduxjs/toolkit/query/react';
import { useId, useState, type FormEvent } from 'react';

import { useMyCoursesQuery } from '@lib/api/courses';
import { useExplainPermissionQuery, type MemberView } from '@lib/api/organizations';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Field } from '@ui/Field';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Select } from '@ui/Select';

import { PERMISSIONS } from '../roles';

type Question = { organization: string; user: string; permission: string; scopeId?: string };

/** Why may somebody, or may not: the rule that decides, in words. */
export function Explain({ organization, members }: { organization: string; members: MemberView[] }) {
  const t = useT();
  const names = useId();
  const [user, setUser] = useState(members[0]?.user_id ?? '');
  const [permission, setPermission] = useState<string>('courses.publish');
  const [course, setCourse] = useState('');
  const [asked, setAsked] = useState<Question>();
  const { data: courses } = useMyCoursesQuery({ may: 'teach', limit: 100 });
  const { currentData, error, isFetching } = useExplainPermissionQuery(asked ?? skipToken, { refetchOnMountOrArgChange: true });
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    setAsked({ organization, user, permission: permission.trim(), ...(course ? { scopeId: course } : {}) });
  };
  return (
    <form className="form" onSubmit={ask}>
      <p className="muted small">{t('admin.explain.line')}</p>
      <div className="explain">
        <Select label={t('admin.explain.who')} options={members.map((each) => ({ value: each.user_id, label: each.display_name || each.email }))} value={user} onChange={(event) => setUser(event.target.value)} />
        <Field label={t('admin.explain.what')}>
          {(ids) => (
            <>
              <input className="input" list={names} dir="ltr" required value={permission} onChange={(event) => setPermission(event.target.value)} {...ids} />
              <datalist id={names}>
                {PERMISSIONS.map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Select label={t('admin.explain.where')} placeholder={t('admin.explain.anywhere')} options={(courses?.items ?? []).map((each) => ({ value: each.id, label: each.title }))} value={course} onChange={(event) => setCourse(event.target.value)} />
        <Button type="submit" kind="primary" busy={isFetching}>
          {t('admin.explain.ask')}
        </Button>
      </div>
      <ProblemBanner problem={asProblem(error)} />
      {currentData && (
        <Banner tone={currentData.allowed ? 'success' : 'warning'}>
          <strong>{t(currentData.allowed ? 'admin.explain.yes' : 'admin.explain.no')}</strong>
          <p>{currentData.reason}</p>
          <p className="small">{t('admin.explain.rule', { rule: currentData.rule })}</p>
        </Banner>
      )}
    </form>
  );
}
