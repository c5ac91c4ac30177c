import { useId, type KeyboardEvent, type ReactNode } from 'react';

import { useT } from '@lib/i18n';

type Tab = { id: string; label: string; panel: ReactNode };

/** Tabs whose panels fill the height that is left; the panel that was left keeps its place. */
export function RoomTabs({ tabs, value, onChange }: { tabs: Tab[]; value: string; onChange: (id: string) => void }) {
  const t = useT();
  const base = useId();
  const steer = (event: KeyboardEvent<HTMLDivElement>): void => {
    const here = tabs.findIndex((tab) => tab.id === value);
    const forward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const step = event.key === forward ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowRight' ? -1 : 0;
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? tabs.length - 1 : step === 0 ? -1 : (here + step + tabs.length) % tabs.length;
    const next = tabs[to];
    if (!next) return;
    event.preventDefault();
    onChange(next.id);
    document.getElementById(`${base}-tab-${next.id}`)?.focus();
  };
  return (
    <>
      <div className="tabs room-tabs" role="tablist" aria-label={t('live.side')} tabIndex={-1} onKeyDown={steer}>
        {tabs.map((tab) => (
          <button key={tab.id} type="button" role="tab" id={`${base}-tab-${tab.id}`} aria-selected={tab.id === value} aria-controls={`${base}-${tab.id}`} tabIndex={tab.id === value ? 0 : -1} className="tab" onClick={() => onChange(tab.id)}>
            {tab.label}
          </button>
        ))}
      </div>
      {tabs.map((tab) => (
        <div key={tab.id} className="room-panel" role="tabpanel" id={`${base}-${tab.id}`} aria-labelledby={`${base}-tab-${tab.id}`} hidden={tab.id !== value}>
          {(tab.id === value || tab.id === 'chat') && tab.panel}
        </div>
      ))}
    </>
  );
}
