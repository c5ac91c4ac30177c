import { createPortal } from 'react-dom';

import { LOCALES, speak, useT, type Locale } from '@lib/i18n';
import { IconButton } from '@ui/IconButton';
import { Menu } from '@ui/Menu';

/** The languages, each by its own name, for those who have no settings to choose one in. */
export default function LanguageMenu({ slot }: { slot: Element }) {
  const t = useT();
  return createPortal(
    <Menu
      label={t('ui.language')}
      items={Object.entries(LOCALES).map(([id, label]) => ({ id, label, ...(id === t.locale ? { icon: 'check' as const } : {}), onPress: () => void speak(id as Locale) }))}
      trigger={(props) => <IconButton icon="globe" label={t('ui.language')} {...props} />}
    />,
    slot,
  );
}
