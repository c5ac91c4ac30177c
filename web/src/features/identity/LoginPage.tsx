import { Link, useNavigate, useSearch } from '@tanstack/react-router';

import { useLogInMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { accept } from '@lib/session';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { PasswordField } from '@ui/PasswordField';
import { TextField } from '@ui/TextField';

import { AuthFrame, read } from './AuthFrame';

export default function LoginPage() {
  const t = useT();
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const [logIn, { isLoading, error }] = useLogInMutation();
  const submit = async (fields: FormData): Promise<void> => {
    const answer = await logIn({ loginIn: { email: read(fields, 'email').trim(), password: read(fields, 'password') } });
    if (!answer.data) return;
    accept(answer.data);
    await navigate({ to: next ?? '/home' });
  };
  return (
    <AuthFrame
      title={t('identity.login.title')}
      problem={asProblem(error)}
      onSubmit={(fields) => void submit(fields)}
      below={
        <p className="muted">
          {t.rich('identity.login.new-here', {
            link: (parts) => (
              <Link to="/register" search={{ next }}>
                {parts}
              </Link>
            ),
          })}
        </p>
      }
    >
      {next && !error && <Banner>{t('identity.login.to-go-on')}</Banner>}
      <TextField label={t('identity.email')} name="email" type="email" autoComplete="username" inputMode="email" autoCapitalize="none" required />
      <PasswordField label={t('identity.password')} name="password" autoComplete="current-password" required />
      <Button kind="primary" type="submit" busy={isLoading} wide>
        {t('identity.login.submit')}
      </Button>
      <Link to="/forgot">{t('identity.login.forgot')}</Link>
    </AuthFrame>
  );
}
