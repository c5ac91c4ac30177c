import { useEffect, useState } from 'react';

import { announce } from '@lib/announce';
import { useT } from '@lib/i18n';
import { recall, remember } from '@lib/storage';

import { isLeading, type Ring } from './ring';

const EVERY_MS = 10_000;

/** Instead of every line: every ten seconds one sentence, for those who listen to the page, until they turn it off. */
export function useSummary(ring: Ring, me: string) {
  const t = useT();
  const [isOn, setOn] = useState(recall('live.summary') !== 'off');
  useEffect(() => {
    if (!isOn) return undefined;
    let comments = 0;
    let leading = 0;
    const stop = ring.hear((news) => {
      for (const { author } of news) {
        if (author.id === me) continue;
        comments += 1;
        if (isLeading(author.role)) leading += 1;
      }
    });
    const timer = setInterval(() => {
      if (comments > 0) announce(t('live.chat.summary', { comments, leading }));
      comments = 0;
      leading = 0;
    }, EVERY_MS);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [isOn, ring, me, t]);
  return {
    isOn,
    turn: (on: boolean) => {
      remember('live.summary', on ? null : 'off');
      setOn(on);
    },
  };
}
