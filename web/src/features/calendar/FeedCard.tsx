import { useId, useState } from 'react';

import { useCalendarFeedQuery, useRenewCalendarFeedMutation, useRevokeCalendarFeedMutation } from '@lib/api/calendar';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

/** The secret address under which one's own calendar program follows this calendar: made, shown once, changed, taken back. */
export function FeedCard() {
  const t = useT();
  const format = useFormats();
  const id = useId();
  const { data, error, refetch } = useCalendarFeedQuery();
  const [renew, renewing] = useRenewCalendarFeedMutation();
  const [revoke, revoking] = useRevokeCalendarFeedMutation();
  const [asked, setAsked] = useState<'renew' | 'revoke' | null>(null);
  const [url, setUrl] = useState<string | null>(null);
  const make = async (): Promise<void> => {
    const answer = await renew();
    setAsked(null);
    if (answer.data) setUrl(answer.data.url);
  };
  const end = async (): Promise<void> => {
    const answer = await revoke({});
    setAsked(null);
    if (!answer.error) setUrl(null);
  };
  const problem = asProblem(renewing.error ?? revoking.error);
  return (
    <section aria-labelledby={id}>
      <Card className="section">
        <h2 id={id}>{t('calendar.feed.title')}</h2>
        <p>{t('calendar.feed.lead')}</p>
        <ProblemBanner problem={problem} />
        {!data && !error && <SkeletonLines lines={2} />}
        {!data && error !== undefined && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
        {url && <Address url={url} />}
        {data?.is_on && !url && (
          <p className="muted">
            {t('calendar.feed.since', { since: format.date(data.made_at ?? '') })}{' '}
            {data.last_fetched ? t('calendar.feed.fetched', { day: format.date(`${data.last_fetched}T12:00Z`) }) : t('calendar.feed.unfetched')}
          </p>
        )}
        {data && (
          <div className="row">
            <Button kind={data.is_on ? 'secondary' : 'primary'} busy={renewing.isLoading} onClick={() => (data.is_on ? setAsked('renew') : void make())}>
              {t(data.is_on ? 'calendar.feed.renew' : 'calendar.feed.make')}
            </Button>
            {data.is_on && (
              <Button kind="quiet" icon="trash" busy={revoking.isLoading} onClick={() => setAsked('revoke')}>
                {t('calendar.feed.revoke')}
              </Button>
            )}
          </div>
        )}
        <ConfirmDialog
          title={t(asked === 'revoke' ? 'calendar.feed.revoke-title' : 'calendar.feed.renew-title')}
          action={t(asked === 'revoke' ? 'calendar.feed.revoke' : 'calendar.feed.renew')}
          danger={asked === 'revoke'}
          busy={renewing.isLoading || revoking.isLoading}
          open={asked !== null}
          onConfirm={() => void (asked === 'revoke' ? end() : make())}
          onClose={() => setAsked(null)}
        >
          {t('calendar.feed.ends')}
        </ConfirmDialog>
      </Card>
    </section>
  );
}

function Address({ url }: { url: string }) {
  const t = useT();
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(url);
    toast(t('calendar.feed.copied'));
  };
  return (
    <>
      <TextField label={t('calendar.feed.address')} value={url} readOnly dir="ltr" onFocus={(event) => event.currentTarget.select()} />
      <div className="row">
        <Button kind="primary" icon="copy" onClick={() => void copy()}>
          {t('calendar.feed.copy')}
        </Button>
        <a className="btn btn-secondary" href={url.replace(/^https?:/, 'webcal:')}>
          {t('calendar.feed.open')}
        </a>
      </div>
      <Banner tone="warning">{t('calendar.feed.secret')}</Banner>
    </>
  );
}
