import { hotkeysOn, switchHotkeys } from '@lib/hotkeys';
import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { chooseSpacing, chooseTheme, spacing, theme, type Theme } from '@lib/theme';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Segments } from '@ui/Segments';
import { Switch } from '@ui/Switch';

import { Section } from './Section';
import { usePreferences } from './usePreferences';

const THEMES = [
  { value: 'system', icon: 'device' },
  { value: 'light', icon: 'sun' },
  { value: 'dark', icon: 'moon' },
  { value: 'contrast', icon: 'contrast' },
] as const;

/** Theme, spacing and single-key shortcuts: each holds at once. */
export function LookSection() {
  const t = useT();
  const { keep, problem } = usePreferences();
  const wide = useSignal(spacing) === 'wide';
  const keys = useSignal(hotkeysOn);
  return (
    <Section title={t('people.look.title')}>
      <ProblemBanner problem={problem} />
      <Segments<Theme>
        legend={t('people.look.theme')}
        value={useSignal(theme)}
        segments={THEMES.map(({ value, icon }) => ({ value, icon, label: t(`people.theme.${value}`) }))}
        onChange={(next) => {
          chooseTheme(next);
          void keep({ theme: next });
        }}
      />
      <Switch
        label={t('people.look.spacing')}
        hint={t('people.look.spacing-hint')}
        checked={wide}
        onChange={(on) => {
          chooseSpacing(on ? 'wide' : 'normal');
          void keep({ text_spacing: on });
        }}
      />
      <Switch label={t('people.look.hotkeys')} hint={t('people.look.hotkeys-hint')} checked={keys} onChange={switchHotkeys} />
    </Section>
  );
}
