import type { DraftOutlineNode, NodeKind } from '@lib/api/courses';

/** Where a node goes: its new parent (null: the course) and its place among the others there. */
export type Place = { parent: string | null; position: number };

export type Found = { node: DraftOutlineNode; parent: DraftOutlineNode | null; index: number; siblings: DraftOutlineNode[] };

const HOLDERS = new Set(['randomized', 'group']);
export const CHILD: Record<Exclude<NodeKind, 'block'>, NodeKind> = { section: 'subsection', subsection: 'unit', unit: 'block' };

export function find(sections: DraftOutlineNode[], id: string): Found | undefined {
  const search = (siblings: DraftOutlineNode[], parent: DraftOutlineNode | null): Found | undefined => {
    for (const [index, node] of siblings.entries()) {
      if (node.id === id) return { node, parent, index, siblings };
      const below = search(node.children, node);
      if (below) return below;
    }
    return undefined;
  };
  return search(sections, null);
}

/** A node and all above it, the section first. */
export function pathTo(sections: DraftOutlineNode[], id: string): DraftOutlineNode[] {
  for (const node of sections) {
    if (node.id === id) return [node];
    const below = pathTo(node.children, id);
    if (below.length > 0) return [node, ...below];
  }
  return [];
}

export function count(nodes: DraftOutlineNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + count(node.children), 0);
}

/** All nodes in reading order. */
export function flatten(nodes: DraftOutlineNode[]): DraftOutlineNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}

/** The rule of the server: sections in the course, subsections in sections, units in subsections, blocks in units, pools and groups. */
export function fits(kind: NodeKind, parent: DraftOutlineNode | null): boolean {
  if (kind === 'block') return parent !== null && (parent.kind === 'unit' || HOLDERS.has(parent.block_kind ?? ''));
  return kind === 'section' ? parent === null : parent !== null && parent.kind !== 'block' && CHILD[parent.kind] === kind;
}

export type Target = { type: 'root' } | { type: 'item'; key: string; dropPosition: 'before' | 'after' | 'on' };

/** The place that a drop means, or undefined where the node may not stand. */
export function placeOf(sections: DraftOutlineNode[], moving: string, target: Target): Place | undefined {
  const mover = find(sections, moving);
  if (!mover) return undefined;
  if (target.type === 'root') return fits(mover.node.kind, null) ? { parent: null, position: sections.length - (mover.parent ? 0 : 1) } : undefined;
  const there = find(sections, target.key);
  if (!there || find([mover.node], target.key)) return undefined;
  if (target.dropPosition === 'on') {
    if (!fits(mover.node.kind, there.node)) return undefined;
    return { parent: there.node.id, position: there.node.children.filter((child) => child.id !== moving).length };
  }
  if (!fits(mover.node.kind, there.parent)) return undefined;
  const others = there.siblings.filter((sibling) => sibling.id !== moving);
  const at = others.findIndex((sibling) => sibling.id === target.key);
  return { parent: there.parent?.id ?? null, position: at + (target.dropPosition === 'after' ? 1 : 0) };
}

/** One step up or down among its siblings; at an end, into the neighbour that can hold it. */
export function stepOf(sections: DraftOutlineNode[], id: string, step: 1 | -1): Place | undefined {
  const found = find(sections, id);
  if (!found) return undefined;
  const { parent, index, siblings } = found;
  if (siblings[index + step]) return { parent: parent?.id ?? null, position: index + step };
  if (!parent) return undefined;
  const peers = flatten(sections).filter((node) => node.kind === parent.kind && fits(found.node.kind, node) && !find([found.node], node.id));
  const neighbour = peers[peers.findIndex((peer) => peer.id === parent.id) + step];
  return neighbour ? { parent: neighbour.id, position: step === 1 ? 0 : neighbour.children.length } : undefined;
}

/** Is the node there already? Then there is nothing to save. */
export function isAt(sections: DraftOutlineNode[], id: string, place: Place): boolean {
  const found = find(sections, id);
  return found !== undefined && (found.parent?.id ?? null) === place.parent && found.index === place.position;
}

/** Move a node within a tree that may be changed (an immer draft). */
export function applyMove(sections: DraftOutlineNode[], id: string, { parent, position }: Place): void {
  const from = find(sections, id);
  if (!from) return;
  from.siblings.splice(from.index, 1);
  const into = parent === null ? sections : find(sections, parent)?.node.children;
  into?.splice(position, 0, from.node);
}

export function applyRemoval(sections: DraftOutlineNode[], id: string): void {
  const found = find(sections, id);
  found?.siblings.splice(found.index, 1);
}

/** What an outline shows open at first: everything down to the units where that is a screen or two, else the sections only. */
export function openAtFirst(sections: DraftOutlineNode[]): string[] {
  const shown = flatten(sections).filter((node) => node.kind !== 'block');
  const wanted = shown.length <= 40 ? ['section', 'subsection'] : ['section'];
  return shown.filter((node) => wanted.includes(node.kind)).map((node) => node.id);
}
