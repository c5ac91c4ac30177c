import { useRef } from 'react';
import { Button as Grip } from 'react-aria-components/Button';
import { Collection } from 'react-aria-components/Collection';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { Tree, TreeItem, TreeItemContent } from 'react-aria-components/Tree';
import { useDragAndDrop } from 'react-aria-components/useDragAndDrop';

import type { DraftOutlineNode } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';

import { placeOf, type Place, type Target } from '../tree';
import { RowBody, type RowActions } from './RowBody';

type Props = {
  sections: DraftOutlineNode[];
  open: Set<string>;
  onOpen: (open: Set<string>) => void;
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
  actions: RowActions;
  titleOf: (node: DraftOutlineNode) => string;
  onMove: (id: string, place: Place) => void;
};

/** The tree of a draft: arrows walk it, the grip drags by mouse, finger or keyboard (Enter, arrows, Enter). */
export function OutlineTree({ sections, open, onOpen, chosen, onChoose, actions, titleOf, onMove }: Props) {
  const t = useT();
  const dragged = useRef<string | undefined>(undefined);
  const { dragAndDropHooks } = useDragAndDrop<DraftOutlineNode>({
    getItems: (keys, items) => {
      dragged.current = String([...keys][0]);
      return items.map((item) => ({ 'text/plain': titleOf(item), 'stoa-node': item.id }));
    },
    acceptedDragTypes: ['stoa-node'],
    getDropOperation: (target, _types, allowed) => {
      const isFit = dragged.current !== undefined && placeOf(sections, dragged.current, target as Target) !== undefined;
      return isFit && allowed.includes('move') ? 'move' : 'cancel';
    },
    onMove: ({ keys, target }) => {
      const [key] = [...keys].map(String);
      const place = key && placeOf(sections, key, target as Target);
      if (!key || !place) return;
      if (place.parent !== null && !open.has(place.parent)) onOpen(new Set([...open, place.parent]));
      onMove(key, place);
    },
  });

  const item = (node: DraftOutlineNode) => (
    <TreeItem key={node.id} id={node.id} textValue={titleOf(node)} className={`node node-${node.kind}`}>
      <TreeItemContent>
        {({ hasChildItems, isExpanded }) => (
          <div className="node-row">
            {hasChildItems ? (
              <Grip slot="chevron" className="node-chevron" aria-label={t(isExpanded ? 'author.fold' : 'author.unfold', { title: titleOf(node) })}>
                <Icon name="chevron-end" className={isExpanded ? 'is-open' : ''} />
              </Grip>
            ) : (
              <span className="node-chevron" aria-hidden="true" />
            )}
            <Grip slot="drag" className="node-grip" aria-label={t('author.drag', { title: titleOf(node) })}>
              <Icon name="grip" />
            </Grip>
            <RowBody node={node} title={titleOf(node)} actions={actions} />
          </div>
        )}
      </TreeItemContent>
      <Collection items={node.children} dependencies={[actions]}>
        {item}
      </Collection>
    </TreeItem>
  );

  return (
    <I18nProvider locale={t.locale}>
      <Tree<DraftOutlineNode>
        aria-label={t('author.outline.tree')}
        className="outline-tree"
        items={sections}
        dependencies={[actions]}
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={chosen ? [chosen] : []}
        onSelectionChange={(keys) => onChoose(keys === 'all' ? undefined : ([...keys].map(String)[0] ?? undefined))}
        expandedKeys={open}
        onExpandedChange={(keys) => onOpen(new Set([...keys].map(String)))}
        onAction={(key) => actions.open(String(key))}
        dragAndDropHooks={dragAndDropHooks}
      >
        {item}
      </Tree>
    </I18nProvider>
  );
}
