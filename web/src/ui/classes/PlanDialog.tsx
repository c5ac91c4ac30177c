import { useState } from 'react';

import { useMyCoursesQuery } from '@lib/api/courses';
import { useCreateClassMutation } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { zone } from '@lib/format';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { Dialog } from '@ui/Dialog';
import { MomentField } from '@ui/MomentField';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

const LENGTHS = [30, 45, 60, 90, 120, 180];
const MINUTE_MS = 60_000;
const SOON_MS = 10 * MINUTE_MS;

/** The next full five minutes from ten minutes on: a class that is planned now is mostly one for today. */
const soon = (now: number): string => new Date(Math.ceil((now + SOON_MS) / (5 * MINUTE_MS)) * 5 * MINUTE_MS).toISOString();

/** Plan a class, or one that repeats each week. */
export default function PlanDialog({ course, onClose }: { course?: string | undefined; onClose: () => void }) {
  const t = useT();
  const timeZone = useSignal(zone);
  const { data: courses } = useMyCoursesQuery({ may: 'teach', limit: 100 }, { skip: course !== undefined });
  const [create, { error, isLoading }] = useCreateClassMutation();
  const [starts, setStarts] = useState<string | null>(() => soon(Date.now()));
  const plan = async (fields: FormData): Promise<void> => {
    if (!starts) return;
    const weeks = Number(fields.get('weeks') ?? 1);
    const chosen = course ?? String(fields.get('course') ?? '');
    const answer = await create({
      newClassIn: {
        title: String(fields.get('title')).trim(),
        description: '',
        starts_at: starts,
        ends_at: new Date(Date.parse(starts) + Number(fields.get('length')) * MINUTE_MS).toISOString(),
        time_zone: timeZone,
        rule: weeks > 1 ? `FREQ=WEEKLY;COUNT=${weeks}` : '',
        course_id: chosen || null,
        settings: { takes_guests: fields.get('guests') === 'on', is_recorded: fields.get('recorded') === 'on' },
      },
    });
    if (answer.error) return;
    toast(t('live.plan.done', { count: answer.data.count }));
    onClose();
  };
  return (
    <Dialog
      title={t('live.plan')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form="plan-class" busy={isLoading}>
            {t('live.plan.do')}
          </Button>
        </>
      }
    >
      <form
        id="plan-class"
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void plan(new FormData(event.currentTarget));
        }}
      >
        <ProblemBanner problem={asProblem(error)} />
        <TextField label={t('live.plan.title')} name="title" required maxLength={200} dir="auto" />
        {course === undefined && (
          <Select label={t('live.plan.course')} hint={t('live.plan.course-hint')} name="course" placeholder={t('live.plan.no-course')} options={(courses?.items ?? []).map(({ id, title }) => ({ value: id, label: title }))} />
        )}
        <MomentField label={t('live.plan.starts')} value={starts} onChange={setStarts} />
        <Select label={t('live.plan.length')} name="length" defaultValue="60" options={LENGTHS.map((minutes) => ({ value: String(minutes), label: t('live.plan.minutes', { minutes }) }))} />
        <TextField label={t('live.plan.weeks')} hint={t('live.plan.weeks-hint')} name="weeks" type="number" min={1} max={52} defaultValue={1} />
        <Checkbox label={t('live.plan.guests')} hint={t('live.plan.guests-hint')} name="guests" />
        <Checkbox label={t('live.plan.recorded')} hint={t('live.plan.recorded-hint')} name="recorded" />
      </form>
    </Dialog>
  );
}
