import { useState } from 'react';

import { versionTag } from '@lib/api/base';
import { useUpdateClassMutation, type ClassView } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { MomentField } from '@ui/MomentField';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Select } from '@ui/Select';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { Scope } from './Scope';

const LENGTHS = [15, 30, 45, 60, 90, 120, 180, 240];
const MINUTE_MS = 60_000;

/** Title, time, and who may come. Times of a class whose doors are open stay: people are in it. */
export function DetailsForm({ held, onStale }: { held: ClassView; onStale: () => void }) {
  const t = useT();
  const [save, { error, isLoading }] = useUpdateClassMutation();
  const [starts, setStarts] = useState<string | null>(held.starts_at);
  const [following, setFollowing] = useState(false);
  const [missing, setMissing] = useState(false);
  const problem = asProblem(error);
  const length = Math.round((Date.parse(held.ends_at) - Date.parse(held.starts_at)) / MINUTE_MS);
  const mayMove = held.state === 'scheduled';
  const send = async (fields: FormData): Promise<void> => {
    setMissing(!starts);
    if (!starts) return;
    const minutes = Number(fields.get('length') ?? length);
    // Unless it was moved, the times are left as they are: a series keeps each class's own.
    const isMoved = mayMove && (Date.parse(starts) !== Date.parse(held.starts_at) || minutes !== length);
    const times = isMoved ? { starts_at: starts, ends_at: new Date(Date.parse(starts) + minutes * MINUTE_MS).toISOString() } : {};
    const answer = await save({
      classId: held.id,
      following,
      'If-Match': versionTag(held.version),
      classPatchIn: {
        title: String(fields.get('title')).trim(),
        description: String(fields.get('description') ?? ''),
        ...times,
        settings: { ...held.settings, takes_guests: fields.get('guests') === 'on', is_recorded: fields.get('recorded') === 'on', chat: fields.get('chat') === 'on' },
      },
    });
    if (!answer.error) toast(t('classes.details.saved'));
  };
  return (
    <section className="card section plan-card" aria-labelledby="plan-details">
      <h2 id="plan-details">{t('classes.details')}</h2>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void send(new FormData(event.currentTarget));
        }}
      >
        <ProblemBanner problem={problem} />
        {problem?.status === 412 && (
          <div>
            <Button icon="refresh" onClick={onStale}>
              {t('classes.details.reload')}
            </Button>
          </div>
        )}
        <TextField label={t('classes.details.title')} name="title" required maxLength={200} dir="auto" defaultValue={held.title} />
        <TextArea label={t('classes.details.description')} name="description" optional rows={3} maxLength={10_000} dir="auto" defaultValue={held.description} />
        {mayMove ? (
          <div className="plan-times">
            <div>
              <MomentField label={t('classes.details.starts')} value={starts} onChange={setStarts} />
              {missing && (
                <p className="field-error" role="alert">
                  {t('classes.details.no-start')}
                </p>
              )}
            </div>
            <Select label={t('classes.details.length')} name="length" defaultValue={String(length)} options={[...new Set([...LENGTHS, length])].toSorted((one, other) => one - other).map((minutes) => ({ value: String(minutes), label: t('classes.details.minutes', { minutes }) }))} />
          </div>
        ) : (
          <p className="muted">{t('classes.details.opened')}</p>
        )}
        <Checkbox label={t('classes.details.guests')} hint={t('classes.details.guests-hint')} name="guests" defaultChecked={held.settings?.takes_guests ?? false} />
        <Checkbox label={t('classes.details.chat')} hint={t('classes.details.chat-hint')} name="chat" defaultChecked={held.settings?.chat ?? true} />
        <Checkbox label={t('classes.details.recorded')} hint={t('classes.details.recorded-hint')} name="recorded" defaultChecked={held.settings?.is_recorded ?? false} />
        {held.series_id && <Scope following={following} onChange={setFollowing} />}
        <div className="row end">
          <Button kind="primary" type="submit" busy={isLoading}>
            {t('classes.save')}
          </Button>
        </div>
      </form>
    </section>
  );
}
