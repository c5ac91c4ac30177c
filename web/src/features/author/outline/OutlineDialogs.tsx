import { useId, useState, type FormEvent } from 'react';

import type { BlockKind, DraftOutlineNode, NodeKind } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { Dialog } from '@ui/Dialog';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';

import { ClashDialog } from '../ClashDialog';
import { CHILD, flatten } from '../tree';
import type { OutlineEdits } from './useOutlineEdits';

/** What the author is asked for; a node of null is the course itself. */
export type Asking = { what: 'rename' | 'remove'; node: DraftOutlineNode } | { what: 'add'; node: DraftOutlineNode | null };

export const NEW_BLOCKS: BlockKind[] = ['html', 'video', 'problem', 'file', 'embed', 'discussion', 'randomized'];

type Props = { asking: Asking | undefined; edits: OutlineEdits; onOpen: (id: string) => void; onClose: () => void };

/** The questions of the outline: a new part's name, another name, whether to remove, and what to do when it changed elsewhere. */
export function OutlineDialogs({ asking, edits, onOpen, onClose }: Props) {
  const { clash } = edits;
  return (
    <>
      {asking?.what === 'add' && <Add parent={asking.node} edits={edits} onOpen={onOpen} onClose={onClose} />}
      {asking?.what === 'rename' && <Rename node={asking.node} edits={edits} onClose={onClose} />}
      {asking?.what === 'remove' && <Remove node={asking.node} edits={edits} onClose={onClose} />}
      {clash && (
        <ClashDialog
          mine={<p>{clash.wish}</p>}
          theirs={
            <p>
              <bdi>{clash.theirs.title || edits.titleOf(clash.node)}</bdi>
            </p>
          }
          changed={clash.theirs}
          keep={clash.verb}
          onKeepMine={async () => {
            edits.settle();
            await clash.go();
          }}
          onTakeTheirs={edits.settle}
        />
      )}
    </>
  );
}

function Add({ parent, edits, onOpen, onClose }: { parent: DraftOutlineNode | null; edits: OutlineEdits; onOpen: (id: string) => void; onClose: () => void }) {
  const t = useT();
  const form = useId();
  const kind: NodeKind = parent === null ? 'section' : parent.kind === 'block' ? 'block' : CHILD[parent.kind];
  const [title, setTitle] = useState('');
  const [block, setBlock] = useState<BlockKind>('html');
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const made = await edits.addNode(parent, kind, title.trim(), kind === 'block' ? block : null);
    if (made && parent) onOpen(parent.id);
    onClose();
  };
  return (
    <Dialog
      title={t(`author.add.${kind}`)}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form={form} busy={busy} disabled={title.trim() === '' && kind !== 'block'}>
            {t('author.add-it')}
          </Button>
        </>
      }
    >
      <form id={form} className="form" onSubmit={(event) => void save(event)}>
        {parent && (
          <p className="muted small">
            {t('author.add-into')} <bdi>{edits.titleOf(parent)}</bdi>
          </p>
        )}
        {kind === 'block' && (
          <Select label={t('author.field.kind')} options={NEW_BLOCKS.map((value) => ({ value, label: t(`author.kind.${value}`) }))} value={block} onChange={(event) => setBlock(event.target.value as BlockKind)} />
        )}
        <TextField label={t('author.field.title')} maxLength={500} optional={kind === 'block'} value={title} onChange={(event) => setTitle(event.target.value)} />
      </form>
    </Dialog>
  );
}

function Rename({ node, edits, onClose }: { node: DraftOutlineNode; edits: OutlineEdits; onClose: () => void }) {
  const t = useT();
  const form = useId();
  const [title, setTitle] = useState(node.title);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    onClose();
    void edits.rename(node, title.trim());
  };
  return (
    <Dialog
      title={t('author.rename')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form={form}>
            {t('author.rename')}
          </Button>
        </>
      }
    >
      <form id={form} className="form" onSubmit={save}>
        <TextField label={t('author.field.title')} maxLength={500} value={title} onChange={(event) => setTitle(event.target.value)} />
      </form>
    </Dialog>
  );
}

function Remove({ node, edits, onClose }: { node: DraftOutlineNode; edits: OutlineEdits; onClose: () => void }) {
  const t = useT();
  const below = flatten(node.children).length;
  return (
    <ConfirmDialog
      title={t('author.remove-title')}
      action={t('author.remove')}
      danger
      open
      onClose={onClose}
      onConfirm={() => {
        onClose();
        void edits.removeNode(node);
      }}
    >
      <p>
        <strong>
          <bdi>{edits.titleOf(node)}</bdi>
        </strong>
      </p>
      <p>{t('author.remove-line', { below })}</p>
    </ConfirmDialog>
  );
}
