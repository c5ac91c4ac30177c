import { describe, expect, test } from 'vitest';

import { cueAt, linesWith, parseTranscript } from './transcript';

const VTT = `\uFEFFWEBVTT - lesson

NOTE
00:00:00.000 --> 00:00:09.000 is not a cue

STYLE
::cue { color: red }

intro
00:00.500 --> 00:02.000 align:start
<v Ada>Hello, <b>world</b>

01:00:03.250 --> 01:00:05.000
Two &amp; two
make four

broken --> line
nothing

00:09.000 --> 00:08.000
backwards
`;

describe('a transcript', () => {
  test('has the cues of a WebVTT file in the order of time, as plain words', () => {
    expect(parseTranscript(VTT)).toEqual([
      { start: 0.5, end: 2, text: 'Hello, world' },
      { start: 3603.25, end: 3605, text: 'Two & two make four' },
    ]);
  });

  test('is read from SubRip too', () => {
    const srt = '1\r\n00:00:01,000 --> 00:00:02,500\r\nOne\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nTwo\r\n';

    expect(parseTranscript(srt)).toEqual([
      { start: 1, end: 2.5, text: 'One' },
      { start: 3, end: 4, text: 'Two' },
    ]);
  });

  test('of something else is empty', () => {
    expect(parseTranscript('<html>404</html>')).toEqual([]);
  });

  test('knows the line at a time: the last that began', () => {
    const cues = [
      { start: 1, end: 2, text: 'a' },
      { start: 3, end: 4, text: 'b' },
      { start: 10, end: 11, text: 'c' },
    ];

    expect([0, 1, 2.5, 3, 9, 99].map((time) => cueAt(cues, time))).toEqual([-1, 0, 0, 1, 1, 2]);
  });

  test('is searched without regard to case and accents', () => {
    const cues = [
      { start: 0, end: 1, text: 'Élimination de Gauss' },
      { start: 1, end: 2, text: 'something else' },
    ];

    expect(linesWith(cues, 'elim')).toEqual([0]);
    expect(linesWith(cues, ' ')).toEqual([0, 1]);
    expect(linesWith(cues, 'nowhere')).toEqual([]);
  });
});
