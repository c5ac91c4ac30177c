import { describe, expect, it } from 'vitest';

import type { VideoContent } from '@lib/api/progress';

import { hasPlainFile, streamOf, withoutGrant } from './sources';

const film = (...urls: string[]) => ({ sources: urls.map((url) => ({ url, content_type: '' })) }) as unknown as VideoContent;

describe('the sources of a film', () => {
  it('knows the ladder and the file beside it', () => {
    const both = film('/media/o/signed/g/s/hls/h264-1/index.m3u8', '/media/o/s/film.mp4');

    expect(streamOf(both)).toBe('/media/o/signed/g/s/hls/h264-1/index.m3u8');
    expect(hasPlainFile(both)).toBe(true);
    expect([streamOf(film('/a.mp4')), hasPlainFile(film('/a.m3u8'))]).toEqual([undefined, false]);
  });

  it('takes the same film under a newer grant for the same film', () => {
    const one = '/media/o/signed/AbC-_1/s/hls/h264-1/index.m3u8';

    expect(withoutGrant(one)).toBe(withoutGrant(one.replace('AbC-_1', 'other')));
    expect(withoutGrant(one)).not.toBe(withoutGrant(one.replace('/s/', '/t/')));
  });
});
