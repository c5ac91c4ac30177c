import type { NodeProgress } from '@lib/api/progress';

export type Mark = 'done' | 'started' | 'todo' | 'locked' | 'free';

/** A unit of the outline with what holds it and the latest opening date on the way to it. */
export type UnitPlace = { unit: NodeProgress; section: NodeProgress; subsection: NodeProgress | undefined; opensAt: string | null };

const later = (one: string | null, other: string | null): string | null => (one !== null && other !== null ? (one > other ? one : other) : (one ?? other));

/** The units of a course in the order of reading. */
export function placesOf(sections: NodeProgress[]): UnitPlace[] {
  return sections.flatMap((section) => within(section, section, undefined, null));
}

function within(node: NodeProgress, section: NodeProgress, subsection: NodeProgress | undefined, opens: string | null): UnitPlace[] {
  const opensAt = later(opens, node.opens_at);
  if (node.kind === 'unit') return [{ unit: node, section, subsection, opensAt }];
  return node.children.flatMap((child) => within(child, section, node.kind === 'subsection' ? node : subsection, opensAt));
}

export function isLocked(opensAt: string | null, now: number): boolean {
  return opensAt !== null && Date.parse(opensAt) > now;
}

/** How a part stands, for its sign in the outline. A part that asks for nothing is `free`. */
export function markOf(node: NodeProgress, locked: boolean): Mark {
  if (locked) return 'locked';
  if (node.required === 0) return 'free';
  if (node.is_done) return 'done';
  return node.completed > 0 ? 'started' : 'todo';
}

/** Where to go on: the pointer if its unit is still there, else the first unit that is not done, else the first. */
export function resumeOf(places: UnitPlace[], resume: string | null, now: number): UnitPlace | undefined {
  const open = places.filter((place) => !isLocked(place.opensAt, now));
  return open.find((place) => place.unit.id === resume) ?? open.find((place) => place.unit.required > 0 && !place.unit.is_done) ?? open[0];
}

/** A part of the course by its id, for naming what must come first. */
export function titleOf(sections: NodeProgress[], id: string): string | undefined {
  for (const node of sections) {
    const title = node.id === id ? node.title : titleOf(node.children, id);
    if (title !== undefined) return title;
  }
  return undefined;
}
