import { Link, useSearch } from '@tanstack/react-router';

import { useResetPasswordMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { EmptyState } from '@ui/EmptyState';
import { Page } from '@ui/Page';
import { PasswordField } from '@ui/PasswordField';

import { AuthFrame, read } from './AuthFrame';

export default function ResetPage() {
  const t = useT();
  const { token } = useSearch({ from: '/reset' });
  const [reset, { isLoading, isSuccess, error }] = useResetPasswordMutation();
  const problem = asProblem(error);
  const isWeak = problem?.code === 'identity.weak_password';
  if (isSuccess) {
    return (
      <Page title={t('identity.reset.done')} lead={t('identity.reset.done-line')} width="narrow">
        <Link className="btn btn-primary" to="/login" search={{}}>
          {t('identity.login.submit')}
        </Link>
      </Page>
    );
  }
  if (!token || problem?.code === 'identity.link_refused') return <DeadLink />;
  return (
    <AuthFrame
      title={t('identity.reset.title')}
      problem={isWeak ? undefined : problem}
      onSubmit={(fields) => void reset({ resetIn: { token, password: read(fields, 'password') } })}
    >
      <PasswordField
        label={t('identity.reset.password')}
        hint={t('identity.password-hint')}
        name="password"
        autoComplete="new-password"
        required
        error={isWeak ? problem.detail : undefined}
      />
      <Button kind="primary" type="submit" busy={isLoading} wide>
        {t('identity.reset.submit')}
      </Button>
    </AuthFrame>
  );
}

function DeadLink() {
  const t = useT();
  return (
    <Page title={t('identity.dead-link.title')} width="narrow">
      <EmptyState
        icon="link"
        title={t('identity.dead-link.why')}
        action={
          <Link className="btn btn-primary" to="/forgot">
            {t('identity.dead-link.again')}
          </Link>
        }
      >
        {t('identity.dead-link.line')}
      </EmptyState>
    </Page>
  );
}
