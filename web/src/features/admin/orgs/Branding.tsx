import { useState, type CSSProperties } from 'react';

import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';
import { ProgressBar } from '@ui/Progress';
import { Segments } from '@ui/Segments';
import { TextField } from '@ui/TextField';

import { DEFAULTS, isColour, LEAST, meetings, OFFERED, type Colours, type Theme } from './colours';

export type Brand = Record<string, Colours>;
type Props = { brand: Brand; refusal: Problem | undefined; onChange: (brand: Brand) => void };

/** The organization's colours in both themes: what cannot be read is said at the colour, before the server has to refuse it. */
export function Branding({ brand, refusal, onChange }: Props) {
  const t = useT();
  const [theme, setTheme] = useState<Theme>('light');
  const chosen = brand[theme] ?? {};
  const met = meetings(theme, chosen);
  const set = (name: string, colour: string): void => {
    const { [name]: _, ...rest } = chosen;
    onChange({ ...brand, [theme]: colour === '' ? rest : { ...rest, [name]: colour } });
  };
  const errorOf = (name: string): string | undefined => {
    const colour = chosen[name];
    if (colour !== undefined && !isColour(colour)) return t('admin.brand.not-a-colour');
    const bad = met.find((pair) => !pair.isRead && pair.front === name) ?? met.find((pair) => !pair.isRead && pair.back === name && colour !== undefined);
    if (bad) return t('admin.brand.unread', { front: t(`admin.colour.${bad.front}`), back: t(`admin.colour.${bad.back}`), ratio: Math.floor(bad.ratio * 100) / 100, least: LEAST });
    const { theme: refused, foreground, background } = refusal?.fields ?? {};
    return refused === theme && (foreground === name || background === name) ? refusal?.detail : undefined;
  };
  return (
    <fieldset className="form">
      <legend className="label">{t('admin.brand.title')}</legend>
      <p className="muted small">{t('admin.brand.line', { least: LEAST })}</p>
      <Segments<Theme>
        legend={t('admin.brand.theme')}
        hideLegend
        value={theme}
        segments={[
          { value: 'light', label: t('admin.brand.light'), icon: 'sun' },
          { value: 'dark', label: t('admin.brand.dark'), icon: 'moon' },
        ]}
        onChange={setTheme}
      />
      <div className="colours">
        {OFFERED.map((name) => {
          const usual = DEFAULTS[theme][name] ?? '#000000';
          const colour = chosen[name] ?? '';
          return (
            <div key={`${theme}-${name}`} className="colour">
              <input type="color" aria-label={t('admin.brand.pick', { name: t(`admin.colour.${name}`) })} value={isColour(colour) ? colour : usual} onChange={(event) => set(name, event.target.value)} />
              <TextField label={t(`admin.colour.${name}`)} dir="ltr" placeholder={usual} maxLength={7} error={errorOf(name)} value={colour} onChange={(event) => set(name, event.target.value.trim().toLowerCase())} />
            </div>
          );
        })}
      </div>
      <p className="contrast" role="status">
        {met.map((pair) => (
          <Badge key={`${pair.front}-${pair.back}`} tone={pair.isRead ? 'success' : 'danger'}>
            <Icon name={pair.isRead ? 'check' : 'warning'} />
            {t('admin.brand.pair', { front: t(`admin.colour.${pair.front}`), back: t(`admin.colour.${pair.back}`), ratio: Math.floor(pair.ratio * 10) / 10 })}
          </Badge>
        ))}
      </p>
      <Preview theme={theme} chosen={chosen} />
      {Object.keys(chosen).length > 0 && (
        <div className="row">
          <Button kind="quiet" onClick={() => onChange({ ...brand, [theme]: {} })}>
            {t('admin.brand.reset')}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** A corner of a page in these colours. It is a picture: nothing in it can be pressed. */
function Preview({ theme, chosen }: { theme: Theme; chosen: Colours }) {
  const t = useT();
  const variables = Object.fromEntries(Object.entries({ ...DEFAULTS[theme], ...chosen }).map(([name, colour]) => [`--${name}`, isColour(colour) ? colour : (DEFAULTS[theme][name] ?? colour)]));
  return (
    <div className="brand-preview" data-theme={theme} style={variables as CSSProperties} inert aria-label={t('admin.brand.preview')} role="img">
      <strong>{t('admin.brand.sample-title')}</strong>
      <ProgressBar label={t('admin.brand.sample-title')} share={0.6} />
      <div className="row">
        <span className="btn btn-primary">{t('admin.brand.sample-button')}</span>
        <span className="btn btn-play">{t('admin.brand.sample-play')}</span>
        <span className="badge badge-info">{t('admin.brand.sample-badge')}</span>
      </div>
    </div>
  );
}
