import { useNavigate, useParams } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import { versionTag } from '@lib/api/base';
import { useArchiveCourseMutation, useCourseDraftQuery, useUpdateCourseMutation, type CourseFields, type DraftCourse, type Visibility } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { LOCALES, useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { RadioGroup } from '@ui/Choices';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Select } from '@ui/Select';
import { SkeletonLines } from '@ui/Skeleton';
import { TextArea } from '@ui/TextArea';
import { MomentField } from '@ui/MomentField';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { ClashDialog } from './ClashDialog';
import { CourseFrame } from './CourseFrame';

const OPENNESS: Visibility[] = ['public', 'unlisted', 'private'];

export default function DetailsPage() {
  const t = useT();
  const { course = '' } = useParams({ strict: false });
  const { data, error, refetch } = useCourseDraftQuery({ course }, { refetchOnMountOrArgChange: true });
  return (
    <CourseFrame course={course} title={t('author.details.title')} width="text">
      {!data && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={10} />)}
      {data && <Details key={data.id} draft={data} />}
      {data && data.state !== 'archived' && <Archive course={course} title={data.fields.title} />}
    </CourseFrame>
  );
}

function Details({ draft }: { draft: DraftCourse }) {
  const t = useT();
  const [version, setVersion] = useState(draft.version);
  const [saved, setSaved] = useState(draft.fields);
  const [fields, setFields] = useState(draft.fields);
  const [theirs, setTheirs] = useState<DraftCourse>();
  const [update, { isLoading, error }] = useUpdateCourseMutation();
  const problem = asProblem(error);
  const isTaken = problem?.code === 'courses.slug_taken';
  const set = (part: Partial<CourseFields>): void => setFields({ ...fields, ...part });
  const isTouched = JSON.stringify(fields) !== JSON.stringify(saved);

  const send = async (at: number): Promise<void> => {
    const answer = await update({ course: draft.id, 'If-Match': versionTag(at), courseEditIn: { fields } });
    if (answer.data) {
      setVersion(answer.data.version);
      setSaved(answer.data.fields);
      setFields(answer.data.fields);
      toast(t('author.details.saved'));
      return;
    }
    const refused = asProblem(answer.error);
    if (refused?.status === 412) setTheirs(refused.fields.current as DraftCourse);
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    void send(version);
  };
  return (
    <Card>
      <form className="form" onSubmit={save}>
        {!isTaken && problem?.status !== 412 && <ProblemBanner problem={problem} />}
        <TextField label={t('author.field.title')} required maxLength={500} value={fields.title} onChange={(event) => set({ title: event.target.value })} />
        <TextField
          label={t('author.field.slug')}
          hint={t('author.field.slug-hint', { slug: fields.slug })}
          error={isTaken ? t('author.slug-taken') : undefined}
          required
          maxLength={80}
          dir="ltr"
          value={fields.slug}
          onChange={(event) => set({ slug: event.target.value })}
        />
        <TextArea label={t('author.field.summary')} hint={t('author.field.summary-hint')} maxLength={2000} optional value={fields.summary} onChange={(event) => set({ summary: event.target.value })} />
        <RadioGroup
          legend={t('author.field.visibility')}
          boxed
          choices={OPENNESS.map((value) => ({ value, label: t(`author.visibility.${value}`), hint: t(`author.visibility.${value}-hint`) }))}
          value={fields.visibility}
          onChange={(value) => set({ visibility: value as Visibility })}
        />
        <TextField
          label={t('author.field.categories')}
          hint={t('author.field.categories-hint')}
          optional
          defaultValue={fields.categories.join(', ')}
          onChange={(event) =>
            set({
              categories: event.target.value
                .split(/[,،]/)
                .map((name) => name.trim())
                .filter(Boolean),
            })
          }
        />
        <Select
          label={t('author.field.language')}
          options={[...new Set([fields.language, ...Object.keys(LOCALES), 'de', 'el', 'es', 'fr'])].map((value) => ({ value, label: new Intl.DisplayNames(t.locale, { type: 'language', fallback: 'code' }).of(value) ?? value }))}
          value={fields.language}
          onChange={(event) => set({ language: event.target.value })}
        />
        <MomentField label={t('author.field.starts')} value={fields.starts_at} onChange={(starts_at) => set({ starts_at })} />
        <MomentField label={t('author.field.ends')} value={fields.ends_at} onChange={(ends_at) => set({ ends_at })} />
        <TextField label={t('author.field.licence')} optional maxLength={200} value={fields.licence} onChange={(event) => set({ licence: event.target.value })} />
        <p className="muted small">{t('author.details.later')}</p>
        <div className="row end">
          <Button kind="primary" type="submit" busy={isLoading} disabled={!isTouched}>
            {t('author.save')}
          </Button>
        </div>
      </form>
      {theirs && (
        <ClashDialog
          mine={<Summary fields={fields} />}
          theirs={<Summary fields={theirs.fields} />}
          changed={theirs}
          keep={t('author.clash.keep-mine')}
          onKeepMine={async () => {
            const at = theirs.version;
            setTheirs(undefined);
            await send(at);
          }}
          onTakeTheirs={() => {
            setVersion(theirs.version);
            setSaved(theirs.fields);
            setFields(theirs.fields);
            setTheirs(undefined);
          }}
        />
      )}
    </Card>
  );
}

function Summary({ fields }: { fields: CourseFields }) {
  const t = useT();
  return (
    <>
      <p>
        <strong>
          <bdi>{fields.title}</bdi>
        </strong>
      </p>
      <p className="muted small">{fields.summary}</p>
      <p className="small">{t(`author.visibility.${fields.visibility}`)}</p>
    </>
  );
}

function Archive({ course, title }: { course: string; title: string }) {
  const t = useT();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [archive, { isLoading, error }] = useArchiveCourseMutation();
  return (
    <section className="section" aria-labelledby="archive">
      <h2 id="archive">{t('author.archive.title')}</h2>
      <p className="muted">{t('author.archive.line')}</p>
      <ProblemBanner problem={asProblem(error)} />
      <div className="row">
        <Button onClick={() => setAsking(true)}>{t('author.archive.action')}</Button>
      </div>
      <ConfirmDialog
        title={t('author.archive.title')}
        action={t('author.archive.action')}
        danger
        busy={isLoading}
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          void archive({ course }).then((answer) => {
            setAsking(false);
            return answer.data && navigate({ to: '/author' });
          })
        }
      >
        <p>
          <strong>
            <bdi>{title}</bdi>
          </strong>
        </p>
        <p>{t('author.archive.line')}</p>
      </ConfirmDialog>
    </section>
  );
}
