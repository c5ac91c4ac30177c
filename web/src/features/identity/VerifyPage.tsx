import { Link, useSearch } from '@tanstack/react-router';

import { useConfirmEmailChangeMutation, useUndoEmailChangeMutation, useVerifyEmailMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Page } from '@ui/Page';
import { ProblemBanner } from '@ui/ProblemBanner';

/** Where a mailed link leads. It acts on a press only: mail scanners that open links must not use them up. */
export default function VerifyPage() {
  const t = useT();
  const { token, change } = useSearch({ from: '/verify' });
  const { state } = useSignal(session);
  const [verify, verified] = useVerifyEmailMutation();
  const [confirm, confirmed] = useConfirmEmailChangeMutation();
  const [undo, undone] = useUndoEmailChangeMutation();
  const kind = change === 'confirm' || change === 'undo' ? change : 'verify';
  const act = { verify, confirm, undo }[kind];
  const { isLoading, isSuccess, error } = { verify: verified, confirm: confirmed, undo: undone }[kind];
  return (
    <Page title={t(`identity.letter.${kind}.title`)} width="narrow">
      {isSuccess ? (
        <>
          <Banner tone="success">{t(`identity.letter.${kind}.done`)}</Banner>
          <Link className="btn btn-primary" to={state === 'signed-in' ? '/home' : '/login'} search={{}}>
            {t(state === 'signed-in' ? 'identity.letter.go-on' : 'identity.login.submit')}
          </Link>
        </>
      ) : (
        <>
          <p>{t(`identity.letter.${kind}.line`)}</p>
          <ProblemBanner problem={asProblem(error)} />
          {!token && <Banner tone="warning">{t('identity.letter.no-token')}</Banner>}
          <Button kind="primary" disabled={!token} busy={isLoading} onClick={() => token && void act({ tokenIn: { token } })}>
            {t(`identity.letter.${kind}.submit`)}
          </Button>
        </>
      )}
    </Page>
  );
}
