import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { useRegisterMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { fieldErrors } from '@lib/problem';
import { Button } from '@ui/Button';
import { PasswordField } from '@ui/PasswordField';
import { TextField } from '@ui/TextField';

import { AuthFrame, read } from './AuthFrame';
import { LetterSent } from './LetterSent';

export default function RegisterPage() {
  const t = useT();
  const { next } = useSearch({ from: '/register' });
  const [register, { isLoading, error }] = useRegisterMutation();
  const [sentTo, setSentTo] = useState<string>();
  const problem = asProblem(error);
  const wrong = fieldErrors(problem);
  const ofPassword = problem?.code === 'identity.weak_password' ? problem.detail : wrong.password;
  const ofEmail = problem?.code === 'identity.bad_email' ? problem.detail : wrong.email;
  const submit = async (fields: FormData): Promise<void> => {
    const email = read(fields, 'email').trim();
    const answer = await register({
      registerIn: { email, password: read(fields, 'password'), display_name: read(fields, 'name').trim(), locale: t.locale },
    });
    if (!answer.error) setSentTo(email);
  };
  if (sentTo) return <LetterSent email={sentTo} next={next} />;
  return (
    <AuthFrame
      title={t('identity.register.title')}
      lead={t('identity.register.lead')}
      problem={ofPassword || ofEmail ? undefined : problem}
      onSubmit={(fields) => void submit(fields)}
      below={
        <p className="muted">
          {t.rich('identity.register.known', {
            link: (parts) => (
              <Link to="/login" search={{ next }}>
                {parts}
              </Link>
            ),
          })}
        </p>
      }
    >
      <TextField label={t('identity.name')} hint={t('identity.name-hint')} name="name" autoComplete="name" maxLength={120} required error={wrong.display_name} />
      <TextField label={t('identity.email')} name="email" type="email" autoComplete="username" inputMode="email" autoCapitalize="none" required error={ofEmail} />
      <PasswordField label={t('identity.password')} hint={t('identity.password-hint')} name="password" autoComplete="new-password" required error={ofPassword} />
      <Button kind="primary" type="submit" busy={isLoading} wide>
        {t('identity.register.submit')}
      </Button>
    </AuthFrame>
  );
}
