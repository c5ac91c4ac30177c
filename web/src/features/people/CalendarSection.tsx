import { useState } from 'react';

import { useCalendarFeedQuery, useRenewCalendarFeedMutation, useRevokeCalendarFeedMutation } from '@lib/api/calendar';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { Section } from './Section';

/** The secret address under which a calendar program reads one's classes and dates; it is said only when it is made. */
export function CalendarSection() {
  const t = useT();
  const format = useFormats();
  const { data, error, isLoading, refetch } = useCalendarFeedQuery();
  const [make, making] = useRenewCalendarFeedMutation();
  const [end, ending] = useRevokeCalendarFeedMutation();
  const [address, setAddress] = useState<string>();
  const renew = async (): Promise<void> => {
    const answer = await make();
    if ('data' in answer) setAddress(answer.data?.url ?? undefined);
  };
  const revoke = async (): Promise<void> => {
    const answer = await end({});
    if (!answer.error) setAddress(undefined);
  };
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(address ?? '');
    toast(t('people.calendar.copied'));
  };
  return (
    <Section title={t('people.calendar.title')}>
      <p className="muted">{t('people.calendar.line')}</p>
      {isLoading && <SkeletonLines lines={2} />}
      {!data && error && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      <ProblemBanner problem={asProblem(making.error ?? ending.error)} />
      {address && (
        <div className="stack">
          <TextField label={t('people.calendar.address')} hint={t('people.calendar.once')} readOnly dir="ltr" value={address} onFocus={(event) => event.target.select()} />
          <div>
            <Button icon="copy" onClick={() => void copy()}>
              {t('people.calendar.copy')}
            </Button>
          </div>
        </div>
      )}
      {data?.is_on && !address && (
        <p>
          {data.made_at && t('people.calendar.made', { when: format.date(data.made_at) })} {data.last_fetched ? t('people.calendar.fetched', { when: format.date(data.last_fetched) }) : t('people.calendar.never')}
        </p>
      )}
      {data && (
        <div className="row">
          <Button busy={making.isLoading} onClick={() => void renew()}>
            {t(data.is_on ? 'people.calendar.renew' : 'people.calendar.make')}
          </Button>
          {data.is_on && (
            <Button kind="quiet" busy={ending.isLoading} onClick={() => void revoke()}>
              {t('people.calendar.end')}
            </Button>
          )}
        </div>
      )}
    </Section>
  );
}
