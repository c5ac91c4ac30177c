import type { DraftOutlineNode } from '@lib/api/courses';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Icon, type IconName } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';
import { Menu, type MenuItem } from '@ui/Menu';

import { wholeSettings } from '../settings';
import { BLOCK_ICONS } from '../states';
import { CHILD } from '../tree';

export type RowActions = {
  open: (id: string) => void;
  rename: (node: DraftOutlineNode) => void;
  add: (parent: DraftOutlineNode) => void;
  settings: (node: DraftOutlineNode) => void;
  step: (node: DraftOutlineNode, step: 1 | -1) => void;
  remove: (node: DraftOutlineNode) => void;
  menu: (node: DraftOutlineNode, anchor: HTMLElement) => void;
  mayStep: (node: DraftOutlineNode, step: 1 | -1) => boolean;
};

type Props = { node: DraftOutlineNode; title: string; actions: RowActions };

const PART_ICONS: Record<string, IconName> = { section: 'book', subsection: 'menu', unit: 'file' };

/** What a row shows beside its grip: sign, title, what is special about it, and its menu. */
export function RowBody({ node, title, actions }: Props) {
  const t = useT();
  const icon = node.block_kind ? BLOCK_ICONS[node.block_kind] : (PART_ICONS[node.kind] ?? 'file');
  return (
    <>
      <Icon name={icon} className="node-icon" />
      <span className={`node-title ${node.title ? '' : 'is-untitled'}`}>
        <bdi>{title}</bdi>
      </span>
      <Marks node={node} />
      <IconButton
        icon="more"
        label={t('author.more', { title })}
        tip={false}
        className="node-more"
        aria-haspopup="menu"
        // The row would take Enter for itself and draw the focus back.
        onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && event.stopPropagation()}
        onClick={(event) => actions.menu(node, event.currentTarget)}
      />
      <span className="visually-hidden">{t(`author.kind.${node.block_kind ?? node.kind}`)}</span>
    </>
  );
}

function Marks({ node }: { node: DraftOutlineNode }) {
  const t = useT();
  const format = useFormats();
  const settings = wholeSettings(node.settings);
  return (
    <span className="node-marks">
      {settings.hidden && <Badge>{t('author.mark.hidden')}</Badge>}
      {settings.graded && <Badge tone="info">{t('author.mark.graded')}</Badge>}
      {settings.release_at && <Badge>{t('author.mark.opens', { date: format.date(settings.release_at) })}</Badge>}
      {settings.due_at && <Badge tone="warning">{t('author.mark.due', { date: format.date(settings.due_at) })}</Badge>}
      {settings.try_out && <Badge tone="success">{t('author.mark.try')}</Badge>}
      {node.block_kind === 'unsupported' && <Badge tone="warning">{t('author.mark.unsupported')}</Badge>}
      {node.kind === 'unit' && <span className="small muted nums">{t('author.blocks', { count: node.children.length })}</span>}
    </span>
  );
}

/** What can be done with a part. It is drawn beside the tree, which would take its arrow keys. */
export function RowMenu({ node, title, anchor, actions, onClose }: { node: DraftOutlineNode; title: string; anchor: HTMLElement; actions: RowActions; onClose: () => void }) {
  const t = useT();
  const child = node.kind === 'block' ? undefined : CHILD[node.kind];
  const items: MenuItem[] = [
    ...(node.kind === 'unit' || node.kind === 'block' ? [{ id: 'open', label: t('author.open-editor'), icon: 'pencil' as const, onPress: () => actions.open(node.id) }] : []),
    ...(child ? [{ id: 'add', label: t(`author.add.${child}`), icon: 'plus' as const, onPress: () => actions.add(node) }] : []),
    { id: 'rename', label: t('author.rename'), icon: 'text', onPress: () => actions.rename(node) },
    { id: 'settings', label: t('author.settings'), icon: 'settings', onPress: () => actions.settings(node) },
    { id: 'up', label: t('author.move-up'), icon: 'arrow-up', disabled: !actions.mayStep(node, -1), onPress: () => actions.step(node, -1) },
    { id: 'down', label: t('author.move-down'), icon: 'arrow-down', disabled: !actions.mayStep(node, 1), onPress: () => actions.step(node, 1) },
    { kind: 'rule', id: 'rule' },
    { id: 'remove', label: t('author.remove'), icon: 'trash', danger: true, onPress: () => actions.remove(node) },
  ];
  return <Menu label={t('author.more', { title })} items={items} anchor={anchor} onClose={onClose} />;
}
