import { versionTag } from '@lib/api/base';
import { useNotificationPreferencesQuery, useUpdateNotificationPreferencesMutation, type Category } from '@lib/api/notifications';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { Switch } from '@ui/Switch';

import { Section } from './Section';

/** What the bell tells, category by category; what changes what one may do is told in any case. */
export function NewsSection() {
  const t = useT();
  const { data, error, refetch } = useNotificationPreferencesQuery();
  const [update, updating] = useUpdateNotificationPreferencesMutation();
  const hear = async (category: Category, on: boolean): Promise<void> => {
    const change = (kept: typeof data): Category[] => (kept?.items ?? []).filter((each) => (each.category === category ? !on : each.is_muted)).map((each) => each.category);
    const send = (kept: typeof data) => update({ 'If-Match': versionTag(kept?.version ?? 0), mutedCategories: { muted: change(kept) } });
    const answer = await send(data);
    if (asProblem(answer.error)?.status !== 412) return;
    const newest = await refetch();
    if (newest.data) await send(newest.data);
  };
  return (
    <Section title={t('people.news.title')}>
      <ProblemBanner problem={asProblem(updating.error)} />
      {!data && !error && <SkeletonLines lines={4} />}
      {!data && error !== undefined && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data?.items.map(({ category, is_muted: isMuted, is_mandatory: isMandatory }) => (
        <Switch
          key={category}
          label={t(`people.news.${category}`)}
          hint={isMandatory ? t('people.news.mandatory') : undefined}
          checked={!isMuted}
          disabled={isMandatory || updating.isLoading}
          onChange={(on) => void hear(category, on)}
        />
      ))}
    </Section>
  );
}
