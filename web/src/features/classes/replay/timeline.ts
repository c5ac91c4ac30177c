import type { Part, ReplayItem } from '@lib/api/live';

export type Remark = { id: string; atS: number; name: string; role: string; body: string; isGone: boolean; isAnswer: boolean };
export type Chapter = { id: string; atS: number; kind: 'slide' | 'poll' | 'question'; words: string; number: number };
export type Slide = { atS: number; title: string; url: string | null; number: number };
export type Timeline = { lengthS: number; remarks: Remark[]; chapters: Chapter[]; slides: Slide[] };

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Where in a recording a moment of the class is: in a pause, where the pause is; outside of it, nowhere. */
export function placeIn(parts: Part[], at: string): number | null {
  const moment = Date.parse(at);
  const part = parts.findLast(({ since }) => Date.parse(since) <= moment);
  const last = parts.at(-1);
  if (!part || !last || moment > Date.parse(last.until)) return null;
  return part.offset_s + (Math.min(moment, Date.parse(part.until)) - Date.parse(part.since)) / 1000;
}

const remarkOf = (item: ReplayItem, atS: number): Remark => {
  const said = loose(item.data);
  const isGone = said.removed === true;
  return { id: `${item.number}-${text(item.at)}`, atS, name: text(said.name), role: text(said.role), body: isGone ? '' : text(said.body), isGone, isAnswer: Boolean(said.question) };
};

function slideOf(data: unknown, atS: number): Slide {
  const slide = loose(loose(data).slide);
  return { atS, title: text(slide.title), url: text(slide.url) || null, number: count(slide.number) };
}

function chapterOf(item: ReplayItem, atS: number): Chapter | undefined {
  const id = `${item.kind}-${item.number}`;
  if (item.kind === 'poll') return { id, atS, kind: 'poll', words: text(loose(loose(item.data).poll).question), number: 0 };
  const question = loose(loose(item.data).question);
  // A question is a place to go to when it is answered, not when it is asked among many.
  if (item.kind === 'question' && question.state === 'answered') return { id, atS, kind: 'question', words: text(question.body), number: 0 };
  return undefined;
}

/** What there is to see, to read and to jump to, at its seconds of what is played. */
export function timelineOf(items: ReplayItem[], place: (item: ReplayItem) => number | null, lengthS = 0): Timeline {
  const made: Timeline = { lengthS, remarks: [], chapters: [], slides: [] };
  for (const item of items.toSorted((one, other) => one.at.localeCompare(other.at) || one.number - other.number)) {
    const atS = place(item);
    if (atS === null) continue;
    made.lengthS = Math.max(made.lengthS, atS);
    if (item.kind === 'message') made.remarks.push(remarkOf(item, atS));
    else if (item.kind === 'slide') {
      const slide = slideOf(item.data, atS);
      const before = made.slides.at(-1);
      if (before && before.title === slide.title && before.url === slide.url) continue;
      made.slides.push(slide);
      if (slide.title || slide.url) made.chapters.push({ id: `slide-${item.number}`, atS, kind: 'slide', words: slide.title, number: slide.number });
    } else {
      const chapter = chapterOf(item, atS);
      if (chapter) made.chapters.push(chapter);
    }
  }
  return made;
}

/** The last of a sorted list that has begun at a time. */
export const lastAt = <Item extends { atS: number }>(items: Item[], nowS: number): Item | undefined => items.findLast(({ atS }) => atS <= nowS + 0.001);

/** What contains the words, whatever their case; nobody is found by no words. */
export function found(remarks: Remark[], words: string): Remark[] {
  const wanted = words.trim().toLocaleLowerCase();
  if (wanted === '') return [];
  return remarks.filter(({ body, name }) => `${name} ${body}`.toLocaleLowerCase().includes(wanted));
}
