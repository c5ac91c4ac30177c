import { useEffect, useEffectEvent, useState, type RefObject } from 'react';

import type { VideoContent } from '@lib/api/progress';

import { hasPlainFile, streamOf, withoutGrant } from './sources';
import { playStream } from './stream';

type Ways = { onFail: () => void; onRenew: () => Promise<VideoContent | undefined> };

/** Play a film's stream where it has one and tell whether it plays; one that fails leaves the stage to the original file. */
export function useStream(film: RefObject<HTMLVideoElement | null>, content: VideoContent, { onFail, onRenew }: Ways): boolean {
  const [failed, setFailed] = useState(false);
  const stream = streamOf(content);
  const streams = stream !== undefined && !failed;
  // The unit is asked for again now and then: the same film under a newer grant goes on playing.
  const same = streams ? withoutGrant(stream) : undefined;
  const begin = useEffectEvent((element: HTMLVideoElement) =>
    playStream(element, stream ?? '', {
      onEnd: () => (hasPlainFile(content) ? setFailed(true) : onFail()),
      onRenew: async () => {
        const fresh = await onRenew();
        return fresh && streamOf(fresh);
      },
    }),
  );
  useEffect(() => (same !== undefined && film.current ? begin(film.current) : undefined), [film, same]);
  useEffect(() => {
    if (!failed || !film.current) return;
    film.current.load();
    void film.current.play().catch(() => undefined);
  }, [film, failed]);
  return streams;
}
