import { useT } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { chooseTheme, isDark, theme } from '@lib/theme';
import { IconButton } from '@ui/IconButton';

/** Light or dark at one press; "like my device" and high contrast are in the settings. */
export function ThemeButton() {
  const t = useT();
  const dark = isDark(useSignal(theme));
  return <IconButton icon={dark ? 'moon' : 'sun'} label={t(dark ? 'shell.to-light' : 'shell.to-dark')} onClick={() => chooseTheme(dark ? 'light' : 'dark')} />;
}
