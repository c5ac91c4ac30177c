/** What may stand on the whiteboard: the shapes of Excalidraw that are drawn and written, no pictures and no frames of other pages. */
const KINDS = ['rectangle', 'diamond', 'ellipse', 'line', 'arrow', 'freedraw', 'text'] as const;
export type Kind = (typeof KINDS)[number];

/** One element of the drawing program, of which we understand what orders its versions and what it says. */
export type Stroke = { id: string; type: Kind; version: number; versionNonce: number; isDeleted: boolean; index?: string | null; text?: string } & Record<string, unknown>;

export type Strokes = ReadonlyMap<string, Stroke>;

const MOST_IN_A_CALL = 50;
const LARGEST_CALL = 40 * 1024;
const LARGEST_STROKE = 32 * 1024;

/** As Excalidraw and the server have it: the higher version, of equal ones the lower nonce. */
export const isNewer = (one: Stroke, other: Stroke | undefined): boolean => !other || one.version > other.version || (one.version === other.version && one.versionNonce < other.versionNonce);

/** Each element in its newest version, whatever the order in which they come; the same board where nothing is new. */
export function merged(board: Strokes, incoming: Iterable<Stroke>): Strokes {
  let next: Map<string, Stroke> | undefined;
  for (const stroke of incoming) {
    if (!isNewer(stroke, (next ?? board).get(stroke.id))) continue;
    next ??= new Map(board);
    next.set(stroke.id, stroke);
  }
  return next ?? board;
}

/** Read what others drew: it comes from other people's pages, so what is no stroke is left out, and links lead nowhere. */
export function strokesOf(value: unknown): Stroke[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return [];
    const { id, type = 'freedraw', version, versionNonce = 0, isDeleted = false } = each as Partial<Stroke>;
    if (typeof id !== 'string' || typeof version !== 'number' || typeof versionNonce !== 'number' || !KINDS.includes(type)) return [];
    return [{ ...each, id, type, version, versionNonce, isDeleted, link: null, customData: undefined }];
  });
}

/** Of an erased element only its version is told: older strokes of it that come late stay erased. */
const line = ({ id, type, version, versionNonce, isDeleted, ...rest }: Stroke): Stroke => ({ ...(isDeleted ? {} : rest), id, type, version, versionNonce, isDeleted });

/** What the page draws and the board has not, in calls that the server takes; a stroke too long to be sent is named. */
export function parcels(strokes: Iterable<Stroke>): { calls: Stroke[][]; tooLong: Stroke[] } {
  const calls: Stroke[][] = [];
  const tooLong: Stroke[] = [];
  let weight = Infinity;
  for (const stroke of strokes) {
    const told = line(stroke);
    const bytes = new TextEncoder().encode(JSON.stringify(told)).length;
    if (bytes > LARGEST_STROKE) {
      tooLong.push(stroke);
      continue;
    }
    const last = calls.at(-1);
    if (last && last.length < MOST_IN_A_CALL && weight + bytes <= LARGEST_CALL) {
      last.push(told);
      weight += bytes;
    } else {
      calls.push([told]);
      weight = bytes;
    }
  }
  return { calls, tooLong };
}

/** From back to front: Excalidraw's places are words in their order. */
export const inOrder = (board: Strokes): Stroke[] =>
  [...board.values()].filter(({ isDeleted }) => !isDeleted).toSorted((one, other) => ((one.index ?? '') < (other.index ?? '') ? -1 : (one.index ?? '') > (other.index ?? '') ? 1 : one.id < other.id ? -1 : 1));

/** The board for those who do not see it: what is written, from top to bottom, and how many shapes there are. */
export function wordsOn(board: Strokes): { texts: string[]; shapes: Partial<Record<Kind, number>> } {
  const there = inOrder(board);
  const place = (stroke: Stroke, axis: 'x' | 'y'): number => (typeof stroke[axis] === 'number' ? stroke[axis] : 0);
  const texts = there
    .filter(({ type, text }) => type === 'text' && text?.trim())
    .toSorted((one, other) => place(one, 'y') - place(other, 'y') || place(one, 'x') - place(other, 'x'))
    .map(({ text }) => (text as string).trim());
  const shapes: Partial<Record<Kind, number>> = {};
  for (const { type } of there) if (type !== 'text') shapes[type] = (shapes[type] ?? 0) + 1;
  return { texts, shapes };
}
