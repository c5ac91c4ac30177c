import { mergeAttributes, Node, NodeViewWrapper, ReactNodeViewRenderer, type ReactNodeViewProps } from '@tiptap/react';

import { useT } from '@lib/i18n';
import { Prose } from '@ui/Prose';

import { KEPT } from './markup';

const measure = (name: string) => ({ default: null, renderHTML: (attributes: Record<string, unknown>) => (attributes[name] ? { [name]: attributes[name] } : {}) });

/** A picture in the text; `source` is the name it has in the course, its size keeps its place while it loads. */
export const Picture = Node.create({
  name: 'picture',
  group: 'inline',
  inline: true,
  draggable: true,
  addAttributes: () => ({
    src: { default: '' },
    alt: { default: '' },
    width: measure('width'),
    height: measure('height'),
    source: { default: null, parseHTML: (element: HTMLElement) => element.getAttribute('data-source'), renderHTML: ({ source }: { source?: string | null }) => (source ? { 'data-source': source } : {}) },
  }),
  parseHTML: () => [{ tag: 'img[src]' }],
  renderHTML: ({ HTMLAttributes }) => ['img', mergeAttributes(HTMLAttributes)],
});

const kept = { [KEPT]: { default: '' } };

/** A table, figure or whatever else the editor cannot change: shown as learners see it, edited in the source. */
export const KeptBlock = Node.create({
  name: 'keptBlock',
  group: 'block',
  atom: true,
  draggable: true,
  addAttributes: () => kept,
  parseHTML: () => [{ tag: `div[${KEPT}]` }],
  renderHTML: ({ HTMLAttributes }) => ['div', HTMLAttributes],
  addNodeView: () => ReactNodeViewRenderer(Box),
});

export const KeptInline = Node.create({
  name: 'keptInline',
  group: 'inline',
  inline: true,
  atom: true,
  addAttributes: () => kept,
  parseHTML: () => [{ tag: `span[${KEPT}]` }],
  renderHTML: ({ HTMLAttributes }) => ['span', HTMLAttributes],
  addNodeView: () => ReactNodeViewRenderer(Box, { as: 'span' }),
});

function Box({ node, selected }: ReactNodeViewProps) {
  const t = useT();
  const html = String(node.attrs[KEPT] ?? '');
  return (
    <NodeViewWrapper as={node.isInline ? 'span' : 'div'} className={`kept ${node.isInline ? 'kept-inline' : ''} ${selected ? 'is-selected' : ''}`} title={t('author.html.kept')}>
      <Prose html={html} />
    </NodeViewWrapper>
  );
}
