import type { VideoContent, VideoSource } from '@lib/api/progress';

export const isHls = (source: VideoSource): boolean => /mpegurl/i.test(source.content_type) || /\.m3u8(\?|$)/i.test(source.url);

const GUESSES: [RegExp, string][] = [
  [/\.mp4(\?|$)/i, 'video/mp4'],
  [/\.m4v(\?|$)/i, 'video/mp4'],
  [/\.webm(\?|$)/i, 'video/webm'],
  [/\.og[vg](\?|$)/i, 'video/ogg'],
];

export const typeOf = (source: VideoSource): string => source.content_type || (GUESSES.find(([pattern]) => pattern.test(source.url))?.[1] ?? '');

/** Whether there is a file to play here; a film that only another site has is a link. */
export const hasFile = (content: VideoContent): boolean => content.sources.some((source) => source.url !== '');

export const youtubeAddress = (id: string, startS: number | null): string => `https://www.youtube.com/watch?v=${encodeURIComponent(id)}${startS ? `&t=${Math.floor(startS)}` : ''}`;

/** What stays of a signed address when its grant is renewed. */
export const withoutGrant = (url: string): string => url.replace(/\/signed\/[^/]+\//, '/signed/');

/** The address of the film's ladder, if it has one. */
export const streamOf = (content: VideoContent): string | undefined => content.sources.find(isHls)?.url || undefined;

/** Whether there is a file besides the ladder. */
export const hasPlainFile = (content: VideoContent): boolean => content.sources.some((source) => source.url !== '' && !isHls(source));
