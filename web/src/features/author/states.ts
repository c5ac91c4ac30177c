import type { BlockKind, CourseState, DraftOutlineNode } from '@lib/api/courses';
import type { Tone } from '@ui/Badge';
import type { IconName } from '@ui/Icon';

export const STATE_TONES: Record<CourseState, Tone> = { draft: 'neutral', published: 'success', archived: 'warning' };

export const BLOCK_ICONS: Record<BlockKind, IconName> = {
  html: 'text',
  video: 'video',
  problem: 'question',
  file: 'file',
  embed: 'external',
  discussion: 'chat',
  randomized: 'copy',
  group: 'menu',
  unsupported: 'puzzle',
};

/** The kind of a node as its message id wants it. */
export const kindOf = (node: Pick<DraftOutlineNode, 'kind' | 'block_kind'>): string => node.block_kind ?? node.kind;
