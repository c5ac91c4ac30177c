import { useMemo, useState } from 'react';

import { chooseZone, isZone, useFormats, zone } from '@lib/format';
import { LOCALES, speak, useT, type Locale } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Select } from '@ui/Select';

import { Section } from './Section';
import { usePreferences } from './usePreferences';

/** Language and time zone; the page speaks the new language at once. */
export function RegionSection() {
  const t = useT();
  const format = useFormats();
  const { keep, problem } = usePreferences();
  const current = useSignal(zone);
  const [opened] = useState(() => new Date());
  const zones = useMemo(() => [...new Set([current, ...Intl.supportedValuesOf('timeZone')])].toSorted(), [current]);
  return (
    <Section title={t('people.region.title')}>
      <ProblemBanner problem={problem} />
      <Select
        label={t('people.region.language')}
        value={t.locale}
        options={Object.entries(LOCALES).map(([value, label]) => ({ value, label }))}
        onChange={(event) => {
          void speak(event.target.value as Locale);
          void keep({ locale: event.target.value });
        }}
      />
      <Select
        label={t('people.region.zone')}
        hint={t('people.region.zone-hint', { now: format.dateTime(opened) })}
        value={current}
        options={zones.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
        onChange={(event) => {
          if (!isZone(event.target.value)) return;
          chooseZone(event.target.value);
          void keep({ time_zone: event.target.value });
        }}
      />
    </Section>
  );
}
