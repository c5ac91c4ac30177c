import { useEffect, useState } from 'react';

import type { Room } from '../room/room';
import { useRoomState } from '../room/useRoom';

export type Conference =
  | { kind: 'link'; url: string }
  | { kind: 'hls'; url: string; captions?: { url: string; language: string; label: string }[] | undefined };

/** Where sound and pictures come from, if the site has a provider; a class is whole without one. */
export function useConference(room: Room): Conference | undefined {
  const { phase } = useRoomState();
  const [conference, setConference] = useState<Conference>();
  const hasOne = room.facts.has_conference === true;
  useEffect(() => {
    if (!hasOne || phase !== 'live') return undefined;
    let gone = false;
    void room.ask<{ kind?: string; url?: string }>('POST', 'stage/join', {}).then((answer) => {
      if (gone || !('data' in answer) || !answer.data?.url) return;
      const { kind, url } = answer.data;
      setConference({ kind: kind === 'hls' ? 'hls' : 'link', url });
    });
    return () => {
      gone = true;
    };
  }, [hasOne, phase, room]);
  return phase === 'live' ? conference : undefined;
}
