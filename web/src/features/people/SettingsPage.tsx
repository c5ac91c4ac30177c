import { useT } from '@lib/i18n';
import { Page } from '@ui/Page';

import { AccountSection } from './AccountSection';
import { CalendarSection } from './CalendarSection';
import { ClosingSection } from './ClosingSection';
import { DevicesSection } from './DevicesSection';
import { LookSection } from './LookSection';
import { NewsSection } from './NewsSection';
import { RegionSection } from './RegionSection';

export default function SettingsPage() {
  const t = useT();
  return (
    <Page title={t('people.settings.title')} width="text">
      <LookSection />
      <RegionSection />
      <NewsSection />
      <CalendarSection />
      <AccountSection />
      <DevicesSection />
      <ClosingSection />
    </Page>
  );
}
