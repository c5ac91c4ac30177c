import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { useRequestPasswordResetMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Page } from '@ui/Page';
import { TextField } from '@ui/TextField';

import { AuthFrame, read } from './AuthFrame';

export default function ForgotPage() {
  const t = useT();
  const [request, { isLoading, error }] = useRequestPasswordResetMutation();
  const [sentTo, setSentTo] = useState<string>();
  const back = (
    <Link to="/login" search={{}}>
      {t('identity.back-to-login')}
    </Link>
  );
  const submit = async (fields: FormData): Promise<void> => {
    const email = read(fields, 'email').trim();
    const answer = await request({ emailIn: { email } });
    if (!answer.error) setSentTo(email);
  };
  if (sentTo) {
    return (
      <Page title={t('identity.sent.title')} width="narrow">
        <p>{t('identity.forgot.sent', { email: sentTo })}</p>
        {back}
      </Page>
    );
  }
  return (
    <AuthFrame title={t('identity.forgot.title')} lead={t('identity.forgot.lead')} problem={asProblem(error)} onSubmit={(fields) => void submit(fields)} below={back}>
      <TextField label={t('identity.email')} name="email" type="email" autoComplete="username" inputMode="email" autoCapitalize="none" required />
      <Button kind="primary" type="submit" busy={isLoading} wide>
        {t('identity.forgot.submit')}
      </Button>
    </AuthFrame>
  );
}
