import { useNavigate } from '@tanstack/react-router';
import { useId, useState, type FormEvent } from 'react';

import { useCreateCourseMutation } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { ProblemBanner } from '@ui/ProblemBanner';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';

/** Start an empty course by its title; all else can wait. */
export function NewCourseDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const form = useId();
  const navigate = useNavigate();
  const [title, setTitle] = useState('');
  const [summary, setSummary] = useState('');
  const [create, { isLoading, error }] = useCreateCourseMutation();
  const problem = asProblem(error);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await create({ newCourse: { title: title.trim(), summary: summary.trim(), language: t.locale } });
    if (answer.data) await navigate({ to: '/author/$course/outline', params: { course: answer.data.id }, search: {} });
  };
  const isTaken = problem?.code === 'courses.slug_taken';
  return (
    <Dialog
      title={t('author.new-course')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form={form} busy={isLoading} disabled={title.trim() === ''}>
            {t('author.create')}
          </Button>
        </>
      }
    >
      <form id={form} className="form" onSubmit={(event) => void save(event)}>
        {!isTaken && <ProblemBanner problem={problem} />}
        <TextField label={t('author.field.title')} maxLength={500} required value={title} error={isTaken ? t('author.slug-taken') : undefined} onChange={(event) => setTitle(event.target.value)} />
        <TextArea label={t('author.field.summary')} hint={t('author.field.summary-hint')} maxLength={2000} optional value={summary} onChange={(event) => setSummary(event.target.value)} />
      </form>
    </Dialog>
  );
}
