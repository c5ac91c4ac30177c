import { addTranslation, setLanguage } from 'media-chrome/dist/utils/i18n.js';

import type { Translate } from '@lib/i18n';

/** Teach the player our words: its own languages are not ours. */
export function speakPlayer(t: Translate): string {
  const play = t('learn.media.play');
  const pause = t('learn.media.pause');
  const mute = t('learn.media.mute');
  const unmute = t('learn.media.unmute');
  const into = t('learn.media.fullscreen');
  const out = t('learn.media.fullscreen-exit');
  const rate = t('learn.media.speed');
  addTranslation(t.locale, {
    Play: play,
    play,
    Pause: pause,
    pause,
    Mute: mute,
    mute,
    Unmute: unmute,
    unmute,
    'Enter fullscreen mode': into,
    'enter fullscreen mode': into,
    'Exit fullscreen mode': out,
    'exit fullscreen mode': out,
    'Enable captions': t('learn.media.captions-on'),
    'Disable captions': t('learn.media.captions-off'),
    Captions: t('learn.media.captions'),
    'closed captions': t('learn.media.captions'),
    'Playback rate': rate,
    'Playback rate {playbackRate}': `${rate} {playbackRate}`,
    'current playback rate': rate,
    'Seek backward': t('learn.media.back'),
    'Seek forward': t('learn.media.forward'),
    'seek back {seekOffset} seconds': t('learn.media.back'),
    'seek forward {seekOffset} seconds': t('learn.media.forward'),
    seek: t('learn.media.seek'),
    volume: t('learn.media.volume'),
    'playback time': t('learn.media.time'),
    'media loading': t('ui.loading'),
    'video player': t('learn.video.title'),
  });
  setLanguage(t.locale);
  return t.locale;
}
