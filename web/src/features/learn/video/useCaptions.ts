import { useEffect, useMemo, useState } from 'react';

import type { Caption } from '@lib/api/progress';
import { useT } from '@lib/i18n';

import { parseTranscript, type Cue } from './transcript';

export type Captions = {
  tracks: Caption[];
  language: string;
  choose: (language: string) => void;
  /** Undefined while the words are on their way; null when they could not be fetched. */
  cues: Cue[] | null | undefined;
};

/** The words of a film in the learner's language where there is one. */
export function useCaptions(tracks: Caption[]): Captions {
  const { locale } = useT();
  const [chosen, choose] = useState<string | undefined>(undefined);
  const language = chosen ?? tracks.find((track) => track.language.startsWith(locale))?.language ?? tracks[0]?.language ?? '';
  const url = tracks.find((track) => track.language === language)?.url;
  const [held, setHeld] = useState<{ url: string; cues: Cue[] | null } | undefined>(undefined);
  useEffect(() => {
    if (!url) return undefined;
    const away = new AbortController();
    fetch(url, { signal: away.signal })
      .then((response) => (response.ok ? response.text() : Promise.reject(new Error(String(response.status)))))
      .then((source) => setHeld({ url, cues: parseTranscript(source) }))
      .catch(() => {
        if (!away.signal.aborted) setHeld({ url, cues: null });
      });
    return () => away.abort();
  }, [url]);
  const cues = held && held.url === url ? held.cues : undefined;
  return useMemo(() => ({ tracks, language, choose, cues }), [tracks, language, cues]);
}
