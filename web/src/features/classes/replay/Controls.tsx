import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { IconButton } from '@ui/IconButton';

import type { Clock } from './useClock';

const RATES = [0.75, 1, 1.25, 1.5, 2];

/** Play, a line of time, speed: one set of controls for films and for slides alone. */
export function Controls({ clock, lengthS }: { clock: Clock; lengthS: number }) {
  const t = useT();
  const format = useFormats();
  const says = t('classes.replay.at', { now: format.clock(clock.nowS), length: format.clock(lengthS) });
  return (
    <div className="replay-controls">
      <IconButton icon={clock.isOn ? 'pause' : 'play'} label={t(clock.isOn ? 'classes.replay.pause' : 'classes.replay.play')} onClick={clock.toggle} />
      <input type="range" className="replay-line" min={0} max={Math.max(1, Math.ceil(lengthS))} step={1} value={clock.nowS >= lengthS ? Math.max(1, Math.ceil(lengthS)) : Math.floor(clock.nowS)} aria-label={t('classes.replay.place')} aria-valuetext={says} onChange={(event) => clock.seek(Number(event.target.value))} />
      <span className="nums small" dir="ltr">
        {format.clock(clock.nowS)} / {format.clock(lengthS)}
      </span>
      <select className="input replay-rate" aria-label={t('classes.replay.rate')} value={clock.rate} onChange={(event) => clock.setRate(Number(event.target.value))}>
        {RATES.map((rate) => (
          <option key={rate} value={rate}>
            {t('classes.replay.times', { rate: format.number(rate) })}
          </option>
        ))}
      </select>
    </div>
  );
}
