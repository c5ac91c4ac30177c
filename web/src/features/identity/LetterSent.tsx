import { Link } from '@tanstack/react-router';

import { useResendVerificationMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Page } from '@ui/Page';
import { ProblemBanner } from '@ui/ProblemBanner';

/** After registering: where the letter went, and how to get another. It never says whether the address was known. */
export function LetterSent({ email, next }: { email: string; next?: string | undefined }) {
  const t = useT();
  // Where a platform on one's own machine keeps the letters that it would send.
  const letters = document.querySelector<HTMLMetaElement>('meta[name="stoa-letters"]')?.content;
  const [resend, { isLoading, isSuccess, error }] = useResendVerificationMutation();
  return (
    <Page title={t('identity.sent.title')} width="narrow">
      <p>{t('identity.sent.line', { email })}</p>
      {letters && <Banner tone="info">{t.rich('identity.sent.here', { link: (parts) => <a href={letters}>{parts}</a> })}</Banner>}
      <ProblemBanner problem={asProblem(error)} />
      {isSuccess && <Banner tone="success">{t('identity.sent.again-done')}</Banner>}
      <div className="row">
        <Link className="btn btn-primary" to="/login" search={{ next }}>
          {t('identity.sent.go-on')}
        </Link>
        <Button busy={isLoading} onClick={() => void resend({ emailIn: { email } })}>
          {t('identity.sent.again')}
        </Button>
      </div>
    </Page>
  );
}
