import { useState, type FormEvent } from 'react';

import { versionTag } from '@lib/api/base';
import { useMyCoursesQuery } from '@lib/api/courses';
import { useSeatRulesQuery, useUpdateSeatRulesMutation, type RulesIn, type RulesView } from '@lib/api/enrollment';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { CheckboxGroup } from '@ui/Choices';
import { ErrorState } from '@ui/ErrorState';
import { MomentField } from '@ui/MomentField';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { Switch } from '@ui/Switch';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

/** When and how the course takes people. */
export function Rules({ course }: { course: string }) {
  const { data, error, refetch } = useSeatRulesQuery({ course }, { refetchOnMountOrArgChange: true });
  if (!data) return error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />;
  return <RulesForm key={data.version} course={course} rules={data} onReload={() => void refetch()} />;
}

function RulesForm({ course, rules, onReload }: { course: string; rules: RulesView; onReload: () => void }) {
  const t = useT();
  const [fields, setFields] = useState<RulesIn>({
    capacity: rules.capacity,
    opens_at: rules.opens_at,
    closes_at: rules.closes_at,
    self_enrolment: rules.self_enrolment,
    waitlist: rules.waitlist,
    prerequisites: rules.prerequisites,
  });
  const [isWrong, setWrong] = useState(false);
  const { data: courses } = useMyCoursesQuery({ may: 'teach', limit: 100 });
  const [update, { isLoading, error }] = useUpdateSeatRulesMutation();
  const problem = asProblem(error);
  const set = (part: Partial<RulesIn>): void => setFields({ ...fields, ...part });
  const others = (courses?.items ?? []).filter((each) => each.id !== course);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await update({ course, 'If-Match': versionTag(rules.version), rulesIn: fields });
    if (answer.data) toast(t('teach.rules.saved'));
  };
  return (
    <Card>
      <form className="form" onSubmit={(event) => void save(event)}>
        {problem?.status === 412 ? (
          <Banner tone="warning" action={<Button onClick={onReload}>{t('teach.rules.load')}</Button>}>
            {t('teach.rules.changed')}
          </Banner>
        ) : (
          <ProblemBanner problem={problem} />
        )}
        <TextField
          label={t('teach.rules.capacity')}
          hint={t('teach.rules.capacity-hint', { taken: rules.taken })}
          optional
          inputMode="numeric"
          error={isWrong ? t('teach.rules.capacity-wrong') : undefined}
          defaultValue={rules.capacity ?? ''}
          onChange={(event) => {
            const text = event.target.value.trim();
            setWrong(text !== '' && !/^\d{1,8}$/.test(text));
            set({ capacity: /^\d{1,8}$/.test(text) ? Number(text) : null });
          }}
        />
        <Switch label={t('teach.rules.waitlist')} hint={t('teach.rules.waitlist-hint')} checked={fields.waitlist ?? true} onChange={(waitlist) => set({ waitlist })} />
        <Switch label={t('teach.rules.self')} hint={t('teach.rules.self-hint')} checked={fields.self_enrolment ?? true} onChange={(self_enrolment) => set({ self_enrolment })} />
        <MomentField label={t('teach.rules.opens')} value={fields.opens_at ?? null} onChange={(opens_at) => set({ opens_at })} />
        <MomentField label={t('teach.rules.closes')} value={fields.closes_at ?? null} onChange={(closes_at) => set({ closes_at })} />
        {others.length > 0 && (
          <CheckboxGroup
            legend={t('teach.rules.prerequisites')}
            hint={t('teach.rules.prerequisites-hint')}
            choices={others.map((each) => ({ value: each.id, label: <bdi>{each.title}</bdi> }))}
            values={fields.prerequisites ?? []}
            onChange={(prerequisites) => set({ prerequisites })}
          />
        )}
        <div className="row end">
          <Button kind="primary" type="submit" busy={isLoading} disabled={isWrong}>
            {t('teach.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
