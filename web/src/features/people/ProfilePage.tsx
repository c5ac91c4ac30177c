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
      {data && <ProfileForm key={data.version} profile={data} onReload={() => void refetch()} />}
    </Page>
  );
}

const NAMES = ['display_name', 'legal_name', 'pronouns', 'bio'] as const;
type Fields = Pick<OwnProfile, (typeof NAMES)[number]>;

function ProfileForm({ profile, onReload }: { profile: OwnProfile; onReload: () => void }) {
  const t = useT();
  const [fields, setFields] = useState<Fields>(profile);
  const [update, { isLoading, error }] = useUpdateMyProfileMutation();
  const problem = asProblem(error);
  const isTouched = NAMES.some((name) => fields[name] !== profile[name]);
  const set = (name: keyof Fields) => (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value });
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const changed = Object.fromEntries(NAMES.filter((name) => fields[name] !== profile[name]).map((name) => [name, fields[name].trim()]));
    const answer = await update({ 'If-Match': versionTag(profile.version), profileChange: changed });
    if (!answer.error) toast(t('people.saved'));
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
          <Banner tone="warning" action={<Button onClick={onReload}>{t('people.profile.load-newest')}</Button>}>
            {t('people.profile.changed-elsewhere')}
          </Banner>
        ) : (
          <ProblemBanner problem={problem} />
        )}
        <TextField label={t('people.display-name')} hint={t('people.display-name-hint')} autoComplete="nickname" maxLength={120} required value={fields.display_name} onChange={set('display_name')} />
        <TextField label={t('people.legal-name')} hint={t('people.legal-name-hint')} autoComplete="name" maxLength={120} optional value={fields.legal_name} onChange={set('legal_name')} />
        <TextField label={t('people.pronouns')} maxLength={40} optional value={fields.pronouns} onChange={set('pronouns')} />
        <TextArea label={t('people.bio')} hint={t('people.bio-hint')} maxLength={2000} optional value={fields.bio} onChange={set('bio')} />
        <div className="row end">
          {isTouched && (
            <Button kind="quiet" onClick={() => setFields(profile)}>
              {t('people.undo')}
            </Button>
          )}
          <Button kind="primary" type="submit" busy={isLoading} disabled={!isTouched}>
            {t('people.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
