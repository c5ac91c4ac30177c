import { useId, useState, type DragEvent } from 'react';

import { announce } from '@lib/announce';
import { useT } from '@lib/i18n';
import { Prose } from '@ui/Prose';
import { Segments } from '@ui/Segments';
import { Select } from '@ui/Select';

import { addressOf, textOf, withAddresses, type PartOf } from '../response';
import type { KindProps } from './kind';

type Part = PartOf<'drag_and_drop'>;
type Thing = Part['draggables'][number];
type Zone = Part['zones'][number];

/** Things to lay on places of an image: by dragging, by picking one up and pressing a place, or from menus. */
export default function DragAndDrop({ part, label, hasLabel, hint, value, onChange, disabled, urls }: KindProps<Part>) {
  const t = useT();
  const base = useId();
  const [way, setWay] = useState<'board' | 'menus'>(() => (matchMedia('(max-width: 599px)').matches ? 'menus' : 'board'));
  const [held, setHeld] = useState<string | null>(null);
  const [natural, setNatural] = useState<Size | undefined>(undefined);
  const size = sizeOf(part, natural);
  const laid: Record<string, string> = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const nameOf = (thing: Thing | undefined): string => (thing ? textOf(thing.html) || thing.image_alt || thing.id : '');
  const zoneName = (zone: Zone): string => zone.title || t('learn.drag.zone', { number: part.zones.indexOf(zone) + 1 });
  const inZone = (zone: string): Thing[] => part.draggables.filter((thing) => laid[thing.id] === zone);
  const isFull = (zone: Zone): boolean => zone.max_items > 0 && inZone(zone.id).length >= zone.max_items;

  const lay = (id: string, zone: Zone | null): void => {
    if (disabled || (zone && isFull(zone) && laid[id] !== zone.id)) return;
    const { [id]: _, ...others } = laid;
    onChange(zone ? { ...others, [id]: zone.id } : others);
    setHeld(null);
    const thing = nameOf(part.draggables.find((each) => each.id === id));
    // The place that was pressed is gone: the thing itself is where to go on.
    if (way === 'board') requestAnimationFrame(() => document.getElementById(`${base}-${id}`)?.focus());
    announce(zone ? t('learn.drag.laid', { thing, zone: zoneName(zone) }) : t('learn.drag.back', { thing }));
  };
  const pick = (thing: Thing): void => {
    const next = held === thing.id ? null : thing.id;
    setHeld(next);
    if (next) announce(t('learn.drag.held', { thing: nameOf(thing) }));
  };
  const drop = (zone: Zone | null) => ({
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      const id = event.dataTransfer.getData('text/plain');
      if (part.draggables.some((thing) => thing.id === id)) lay(id, zone);
    },
  });
  const chip = (thing: Thing): React.ReactNode => (
    <button
      key={thing.id}
      id={`${base}-${thing.id}`}
      type="button"
      className="token"
      aria-pressed={held === thing.id}
      disabled={disabled}
      draggable={!disabled}
      onDragStart={(event) => event.dataTransfer.setData('text/plain', thing.id)}
      onClick={() => pick(thing)}
    >
      {thing.image ? <img src={addressOf(thing.image, urls)} alt={thing.image_alt} draggable={false} /> : <Prose inline html={withAddresses(thing.html, urls)} />}
    </button>
  );
  const unlaid = part.draggables.filter((thing) => !laid[thing.id]);
  const holding = part.draggables.find((thing) => thing.id === held);
  return (
    <fieldset className="choices drag">
      <legend className={hasLabel ? undefined : 'visually-hidden'}>{label}</legend>
      {hint && <p className="hint">{hint}</p>}
      {part.intro && <Prose html={withAddresses(part.intro, urls)} />}
      <Segments
        legend={t('learn.drag.way')}
        hideLegend
        value={way}
        onChange={setWay}
        segments={[
          { value: 'board', label: t('learn.drag.board') },
          { value: 'menus', label: t('learn.drag.menus') },
        ]}
      />
      {way === 'menus' ? (
        <>
          {part.image && <img src={addressOf(part.image, urls)} alt={part.image_alt} />}
          {part.draggables.map((thing) => (
            <Select
              key={thing.id}
              label={nameOf(thing)}
              value={laid[thing.id] ?? ''}
              disabled={disabled}
              placeholder={t('learn.drag.nowhere')}
              options={part.zones.map((zone) => ({ value: zone.id, label: zoneName(zone), disabled: isFull(zone) && laid[thing.id] !== zone.id }))}
              onChange={(event) => lay(thing.id, part.zones.find((zone) => zone.id === event.target.value) ?? null)}
            />
          ))}
        </>
      ) : (
        <>
          <p className="hint">{holding ? t('learn.drag.now', { thing: nameOf(holding) }) : t('learn.drag.how')}</p>
          {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- dropping is an extra way; the buttons inside are the one for keyboards */}
          <div className="drag-bank" {...drop(null)}>
            {unlaid.map(chip)}
            {held && laid[held] && (
              <button type="button" className="btn btn-secondary" onClick={() => lay(held, null)}>
                {t('learn.drag.return')}
              </button>
            )}
            {unlaid.length === 0 && !held && <span className="muted small">{t('learn.drag.all-laid')}</span>}
          </div>
          <div className="drag-board" style={{ aspectRatio: `${size.width} / ${size.height}` }}>
            {part.image && <img src={addressOf(part.image, urls)} alt={part.image_alt} draggable={false} onLoad={(event) => setNatural({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })} />}
            {part.zones.map((zone) => (
              // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- as above
              <div key={zone.id} className="drag-zone" style={placeOf(zone, part.is_percent ? { width: 100, height: 100 } : size)} {...drop(zone)}>
                {part.shows_zone_titles && <span className="drag-title">{zone.title}</span>}
                {inZone(zone.id).map(chip)}
                {held && laid[held] !== zone.id && !isFull(zone) && (
                  <button type="button" className="btn drag-here" onClick={() => lay(held, zone)} title={zone.description || undefined}>
                    <span className="visually-hidden">{t('learn.drag.here', { zone: zoneName(zone) })}</span>
                  </button>
                )}
              </div>
            ))}
          </div>
        </>
      )}
    </fieldset>
  );
}

type Size = { width: number; height: number };

/** The measure of the board: the author's, else the image's own, else what holds all places. */
function sizeOf(part: Part, natural: Size | undefined): Size {
  if (part.width > 0 && part.height > 0) return { width: part.width, height: part.height };
  if (natural && natural.width > 0) return natural;
  if (part.is_percent) return { width: 4, height: 3 };
  return { width: Math.max(1, ...part.zones.map((zone) => zone.x + zone.width)), height: Math.max(1, ...part.zones.map((zone) => zone.y + zone.height)) };
}

function placeOf(zone: Zone, whole: Size): React.CSSProperties {
  const across = (value: number): string => `${(value / whole.width) * 100}%`;
  const down = (value: number): string => `${(value / whole.height) * 100}%`;
  return { left: across(zone.x), top: down(zone.y), width: across(zone.width), height: down(zone.height) };
}
