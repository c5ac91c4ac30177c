export type Cue = { start: number; end: number; text: string };

const TIMES = /^(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s+-->\s+(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})/;

const seconds = (hours: string | undefined, minutes: string | undefined, whole: string | undefined, part: string | undefined): number =>
  Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(whole) + Number((part ?? '0').padEnd(3, '0')) / 1000;

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', lrm: '', rlm: '' };

/** The words of a cue: voices, classes and timestamps are dropped. */
const plain = (lines: string[]): string =>
  lines
    .join(' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|nbsp|lrm|rlm);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/\s+/g, ' ')
    .trim();

/** Read WebVTT (SubRip too): notes, styles and regions are skipped, damaged cues are left out. */
export function parseTranscript(source: string): Cue[] {
  const blocks = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n').split(/\n{2,}/);
  return blocks
    .flatMap((block): Cue[] => {
      const lines = block.split('\n').filter((line) => line.trim() !== '');
      const at = lines.findIndex((line) => TIMES.test(line.trim()));
      if (at < 0 || /^(NOTE|STYLE|REGION)\b/.test(lines[0] ?? '')) return [];
      const found = TIMES.exec((lines[at] as string).trim()) as RegExpExecArray;
      const [start, end] = [seconds(found[1], found[2], found[3], found[4]), seconds(found[5], found[6], found[7], found[8])];
      const text = plain(lines.slice(at + 1));
      return text === '' || end < start ? [] : [{ start, end, text }];
    })
    .toSorted((one, other) => one.start - other.start);
}

/** The line being spoken, or the last one that was; -1 before the first. */
export function cueAt(cues: Cue[], time: number): number {
  let [low, high] = [0, cues.length - 1];
  let found = -1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((cues[middle] as Cue).start <= time + 0.05) {
      found = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}

const bare = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLocaleLowerCase();

/** The lines that hold the words, whatever their accents and case; all of them when nothing is asked. */
export function linesWith(cues: Cue[], words: string): number[] {
  const wanted = bare(words.trim());
  const all = cues.map((_, index) => index);
  return wanted === '' ? all : all.filter((index) => bare((cues[index] as Cue).text).includes(wanted));
}
