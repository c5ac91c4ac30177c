import { useRef } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

import { useRoom, useRoomState } from '../room/useRoom';

const KINDS = { like: 'thumb', heart: 'heart', celebrate: 'party', laugh: 'laugh', wow: 'wow', confused: 'puzzled' } as const;

const PACE_MS = 400;

/** A press, counted for all: no names, no flood, only how many. */
export function Reactions() {
  const t = useT();
  const format = useFormats();
  const room = useRoom();
  const { reactions, phase } = useRoomState();
  const last = useRef(0);
  const react = (kind: string): void => {
    if (performance.now() - last.current < PACE_MS) return;
    last.current = performance.now();
    void room.ask('POST', 'reactions', { kind });
  };
  return (
    <div className="reactions" role="group" aria-label={t('live.react')}>
      {(Object.entries(KINDS) as [keyof typeof KINDS, (typeof KINDS)[keyof typeof KINDS]][]).map(([kind, sign]) => (
        <button key={kind} type="button" className="reaction" aria-label={t(`live.react.${kind}`, { times: reactions[kind] ?? 0 })} disabled={phase !== 'live'} onClick={() => react(kind)}>
          <Icon name={sign} />
          {(reactions[kind] ?? 0) > 0 && <span className="nums">{format.number(reactions[kind] ?? 0, { notation: 'compact' })}</span>}
        </button>
      ))}
    </div>
  );
}
