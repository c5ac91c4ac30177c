import { useState, type FormEvent } from 'react';

import { versionTag } from '@lib/api/base';
import { useMyProfileQuery, useUpdateMyProfileMutation, type OwnProfile } from '@lib/api/people';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Avatar } from '@ui/Avatar';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { ErrorState } from '@ui/ErrorState';
import { Page } from '@ui/Page';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

export default function ProfilePage() {
  const t = useT();
  const { data, error, isLoading, refetch } = useMyProfileQuery();
  return (
    <Page title={t('people.profile.title')} lead={t('people.profile.lead')} width="text">
      {isLoading && <SkeletonLines lines={8} />}
      {!data && error && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data && <ProfileForm key={data.user_id} profile={data} newest={async () => (await refetch()).data} />}
    </Page>
  );
}

const NAMES = ['display_name', 'legal_name', 'pronouns', 'bio'] as const;
type Fields = Pick<OwnProfile, (typeof NAMES)[number]>;

function ProfileForm({ profile, newest }: { profile: OwnProfile; newest: () => Promise<OwnProfile | undefined> }) {
  const t = useT();
  const [opened, setOpened] = useState(profile);
  const [fields, setFields] = useState<Fields>(profile);
  const [theirs, setTheirs] = useState<Partial<Fields>>({});
  const [update, { isLoading, error, reset }] = useUpdateMyProfileMutation();
  const problem = asProblem(error);
  const touched = NAMES.filter((name) => fields[name] !== opened[name]);
  const set = (name: keyof Fields) => (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value });
  const hint = (name: keyof Fields, usual?: string): string | undefined => (name in theirs ? t('people.profile.theirs', { text: theirs[name] }) : usual);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const changed = Object.fromEntries(touched.map((name) => [name, fields[name].trim()]));
    const answer = await update({ 'If-Match': versionTag(opened.version), profileChange: changed });
    if (!answer.data) return;
    setOpened(answer.data);
    setFields(answer.data);
    setTheirs({});
    toast(t('people.saved'));
  };
  /** Take the newest, keep what was written here, and show both where both changed. */
  const compare = async (): Promise<void> => {
    const found = await newest();
    if (!found) return;
    reset();
    setTheirs(Object.fromEntries(touched.filter((name) => found[name] !== opened[name]).map((name) => [name, found[name]])));
    setFields({ ...found, ...Object.fromEntries(touched.map((name) => [name, fields[name]])) });
    setOpened(found);
  };
  return (
    <Card>
      <form className="form" onSubmit={(event) => void save(event)}>
        <div className="row">
          <Avatar name={fields.display_name} size={64} />
          <div className="grow">
            <strong>{fields.display_name}</strong>
            {fields.pronouns && <div className="muted small">{fields.pronouns}</div>}
          </div>
        </div>
        {problem?.status === 412 ? (
          <Banner tone="warning" action={<Button onClick={() => void compare()}>{t('people.profile.load-newest')}</Button>}>
            {t('people.profile.changed-elsewhere')}
          </Banner>
        ) : (
          <ProblemBanner problem={problem} />
        )}
        <TextField label={t('people.display-name')} hint={hint('display_name', t('people.display-name-hint'))} autoComplete="nickname" maxLength={120} required value={fields.display_name} onChange={set('display_name')} />
        <TextField label={t('people.legal-name')} hint={hint('legal_name', t('people.legal-name-hint'))} autoComplete="name" maxLength={120} optional value={fields.legal_name} onChange={set('legal_name')} />
        <TextField label={t('people.pronouns')} hint={hint('pronouns')} maxLength={40} optional value={fields.pronouns} onChange={set('pronouns')} />
        <TextArea label={t('people.bio')} hint={hint('bio', t('people.bio-hint'))} maxLength={2000} optional value={fields.bio} onChange={set('bio')} />
        <div className="row end">
          {touched.length > 0 && (
            <Button kind="quiet" onClick={() => setFields(opened)}>
              {t('people.undo')}
            </Button>
          )}
          <Button kind="primary" type="submit" busy={isLoading} disabled={touched.length === 0}>
            {t('people.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
