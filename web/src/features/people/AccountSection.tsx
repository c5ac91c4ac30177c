import { useState, type FormEvent } from 'react';

import { useChangePasswordMutation, useMeQuery, useRequestEmailChangeMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { leave } from '@lib/session';
import { Badge } from '@ui/Badge';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Disclosure } from '@ui/Disclosure';
import { PasswordField } from '@ui/PasswordField';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Skeleton } from '@ui/Skeleton';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { Section } from './Section';

const fieldsOf = (event: FormEvent<HTMLFormElement>): ((name: string) => string) => {
  event.preventDefault();
  const fields = new FormData(event.currentTarget);
  return (name) => String(fields.get(name) ?? '');
};

/** E-mail and password: both ask for the present password again. */
export function AccountSection() {
  const t = useT();
  const { data } = useMeQuery();
  return (
    <Section title={t('people.account.title')}>
      <p className="row">
        {data ? data.email : <Skeleton width="16em" />}
        {data && <Badge tone={data.email_verified ? 'success' : 'warning'}>{t(data.email_verified ? 'people.account.verified' : 'people.account.unverified')}</Badge>}
      </p>
      <div>
        <Disclosure summary={t('people.email.title')}>
          <EmailForm />
        </Disclosure>
        <Disclosure summary={t('people.password.title')}>
          <PasswordForm />
        </Disclosure>
      </div>
    </Section>
  );
}

function EmailForm() {
  const t = useT();
  const [sentTo, setSentTo] = useState<string>();
  const [request, { isLoading, error }] = useRequestEmailChangeMutation();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    const field = fieldsOf(event);
    const email = field('email').trim();
    const answer = await request({ emailChangeIn: { email, password: field('password') } });
    if (!answer.error) setSentTo(email);
  };
  if (sentTo) return <Banner tone="success">{t('people.email.sent', { email: sentTo })}</Banner>;
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <ProblemBanner problem={asProblem(error)} />
      <TextField label={t('people.email.new')} hint={t('people.email.hint')} name="email" type="email" autoComplete="email" required />
      <PasswordField label={t('people.password.current')} name="password" autoComplete="current-password" required />
      <Button type="submit" busy={isLoading}>
        {t('people.email.submit')}
      </Button>
    </form>
  );
}

function PasswordForm() {
  const t = useT();
  const [change, { isLoading, error }] = useChangePasswordMutation();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    const field = fieldsOf(event);
    const answer = await change({ passwordChangeIn: { current: field('current'), password: field('password') } });
    if (answer.error) return;
    toast(t('people.password.done'));
    leave();
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <ProblemBanner problem={asProblem(error)} />
      <PasswordField label={t('people.password.current')} name="current" autoComplete="current-password" required />
      <PasswordField label={t('people.password.new')} hint={t('people.password.hint')} name="password" autoComplete="new-password" required />
      <Button type="submit" busy={isLoading}>
        {t('people.password.submit')}
      </Button>
    </form>
  );
}
