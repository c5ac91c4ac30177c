import { useNotificationPreferencesQuery, useUpdateNotificationPreferencesMutation } from '@lib/api/notifications';
import { asProblem } from '@lib/asProblem';
import { etagOf } from '@lib/api/base';
import { useT } from '@lib/i18n';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { Switch } from '@ui/Switch';

import { Section } from './Section';

/** What the bell tells, by category; what concerns one's own access cannot be silenced. */
export function NewsSection() {
  const t = useT();
  const { data, error, isLoading, refetch } = useNotificationPreferencesQuery();
  const [update, { error: refused, isLoading: isSaving }] = useUpdateNotificationPreferencesMutation();
  const items = data?.items ?? [];
  const turn = (category: (typeof items)[number]['category'], on: boolean): void => {
    const muted = items.filter((each) => (each.category === category ? !on : each.is_muted)).map((each) => each.category);
    void update({ 'If-Match': etagOf('/api/v1/notifications/preferences') ?? '*', mutedCategories: { muted } });
  };
  return (
    <Section title={t('people.news.title')}>
      {isLoading && <SkeletonLines lines={4} />}
      {!data && error && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      <ProblemBanner problem={asProblem(refused)} />
      <div>
        {items.map(({ category, is_muted: isMuted, is_mandatory: isMandatory }) => (
          <Switch
            key={category}
            label={t(`people.news.${category}`)}
            hint={isMandatory ? t('people.news.mandatory') : undefined}
            checked={isMandatory || !isMuted}
            disabled={isMandatory || isSaving}
            onChange={(on) => turn(category, on)}
          />
        ))}
      </div>
    </Section>
  );
}
