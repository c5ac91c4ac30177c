import { useState } from 'react';

import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { Dialog } from '@ui/Dialog';
import { IconButton } from '@ui/IconButton';
import { Kbd } from '@ui/Kbd';
import { Menu } from '@ui/Menu';
import { Pagination } from '@ui/Pagination';
import { toast } from '@ui/toast';

import { Row, Shelf } from './Shelf';

const KINDS = ['primary', 'secondary', 'quiet', 'danger', 'play'] as const;
const nothing = (): void => undefined;

export function Actions() {
  const [dialog, setDialog] = useState<'plain' | 'side' | 'confirm' | null>(null);
  return (
    <>
      <Shelf title="Buttons">
        <Row>
          {KINDS.map((kind) => (
            <Button key={kind} kind={kind}>
              {kind}
            </Button>
          ))}
        </Row>
        <Row>
          <Button kind="primary" iconEnd="chevron-end">
            Next: spaces of vectors
          </Button>
          <Button icon="lightbulb">Give me a hint</Button>
          <Button kind="primary" busy>
            Checking
          </Button>
          <Button disabled>Cannot be pressed</Button>
          <IconButton icon="bell" label="Notices" />
          <Kbd keys="Ctrl K" />
        </Row>
      </Shelf>
      <Shelf title="Over the page">
        <Row>
          <Button onClick={() => setDialog('plain')}>Open a dialog</Button>
          <Button onClick={() => setDialog('side')}>Open a drawer</Button>
          <Button onClick={() => setDialog('confirm')}>Ask first</Button>
          <Button onClick={() => toast('Moved “Read: vectors”', { label: 'Undo', onPress: nothing })}>Show a toast</Button>
          <Menu
            label="Actions"
            trigger={(props) => (
              <button type="button" className="btn btn-secondary" {...props}>
                Open a menu
              </button>
            )}
            items={[
              { id: 'rename', label: 'Rename', icon: 'pencil', onPress: nothing },
              { id: 'copy', label: 'Copy', icon: 'copy', disabled: true, onPress: nothing },
              { kind: 'rule', id: 'rule' },
              { id: 'remove', label: 'Remove', icon: 'trash', danger: true, onPress: nothing },
            ]}
          />
        </Row>
        <Pagination hasPrevious={false} hasNext summary="1 to 50" onPrevious={nothing} onNext={nothing} />
        <Dialog title="A dialog" open={dialog === 'plain'} onClose={() => setDialog(null)} foot={<Button onClick={() => setDialog(null)}>Done</Button>}>
          <p>Focus stays in here and goes back to where it came from.</p>
        </Dialog>
        <Dialog title="Outline" side="start" open={dialog === 'side'} onClose={() => setDialog(null)}>
          <p>A drawer from the side.</p>
        </Dialog>
        <ConfirmDialog title="Remove this unit?" action="Remove" danger open={dialog === 'confirm'} onConfirm={() => setDialog(null)} onClose={() => setDialog(null)}>
          <p>Learners keep what they did in it.</p>
        </ConfirmDialog>
      </Shelf>
    </>
  );
}
