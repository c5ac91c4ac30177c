import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';

import { useDraftOutlineQuery, type DraftOutlineNode } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { Dialog } from '@ui/Dialog';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Icon } from '@ui/Icon';
import { SkeletonLines } from '@ui/Skeleton';

import { CourseFrame } from './CourseFrame';
import { Inspector } from './Inspector';
import { NodeDesk } from './NodeDesk';
import { OutlineDialogs, type Asking } from './outline/OutlineDialogs';
import { OutlineTree } from './outline/OutlineTree';
import { RowMenu, type RowActions } from './outline/RowBody';
import { SavingLine } from './outline/SavingLine';
import { useOutlineEdits } from './outline/useOutlineEdits';
import { find, flatten, openAtFirst, pathTo, stepOf } from './tree';
import { useWide } from './useWide';

const NONE: DraftOutlineNode[] = [];

export default function OutlinePage() {
  const t = useT();
  const { course = '' } = useParams({ strict: false });
  const { data, error, refetch } = useDraftOutlineQuery({ course }, { refetchOnMountOrArgChange: true });
  return (
    <CourseFrame
      course={course}
      title={t('author.outline.title')}
      width="wide"
      actions={
        <Link className="btn btn-primary" to="/author/$course/publish" params={{ course }}>
          <Icon name="send" />
          {t('author.to-publish')}
        </Link>
      }
    >
      {!data && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={10} />)}
      {data && <Outline course={course} sections={data.sections} />}
    </CourseFrame>
  );
}

function Outline({ course, sections }: { course: string; sections: DraftOutlineNode[] }) {
  const t = useT();
  const navigate = useNavigate();
  const isWide = useWide();
  const { node: chosen } = useSearch({ strict: false });
  const [open, setOpen] = useState(() => new Set([...openAtFirst(sections), ...pathTo(sections, chosen ?? '').map((each) => each.id)]));
  const [asking, setAsking] = useState<Asking>();
  const [drawer, setDrawer] = useState<string>();
  const [menu, setMenu] = useState<{ id: string; anchor: HTMLElement }>();
  const edits = useOutlineEdits(course, sections ?? NONE);
  const choose = (node: string | undefined): void => void navigate({ to: '/author/$course/outline', params: { course }, search: { node }, replace: true, resetScroll: false });

  const openEditor = (id: string): void => {
    const unit = pathTo(sections, id).find((each) => each.kind === 'unit');
    if (unit) void navigate({ to: '/author/$course/unit/$unit', params: { course, unit: unit.id }, search: { node: id === unit.id ? undefined : id } });
    else setOpen((present) => new Set(present.has(id) ? [...present].filter((each) => each !== id) : [...present, id]));
  };
  const actions = useMemo<RowActions>(
    () => ({
      open: openEditor,
      rename: (node) => setAsking({ what: 'rename', node }),
      add: (node) => setAsking({ what: 'add', node }),
      remove: (node) => setAsking({ what: 'remove', node }),
      menu: (node, anchor) => setMenu({ id: node.id, anchor }),
      settings: (node) => (isWide ? choose(node.id) : setDrawer(node.id)),
      mayStep: (node, step) => stepOf(sections, node.id, step) !== undefined,
      step: (node, step) => {
        const place = stepOf(sections, node.id, step);
        if (!place) return;
        if (place.parent) setOpen((present) => new Set([...present, place.parent as string]));
        void edits.moveTo(node.id, place);
      },
    }),
    // oxlint-disable-next-line react/exhaustive-deps -- the rows are drawn anew when the tree is
    [sections, isWide],
  );
  const isAllOpen = flatten(sections).every((node) => node.children.length === 0 || open.has(node.id));
  const present = chosen && find(sections, chosen) ? chosen : undefined;
  const under = menu && find(sections, menu.id)?.node;

  return (
    <>
      <div className="row between outline-bar">
        <div className="row">
          <Button icon="plus" onClick={() => setAsking({ what: 'add', node: null })}>
            {t('author.add.section')}
          </Button>
          {sections.length > 0 && (
            <Button kind="quiet" onClick={() => setOpen(new Set(isAllOpen ? [] : flatten(sections).map((node) => node.id)))}>
              {t(isAllOpen ? 'author.fold-all' : 'author.unfold-all')}
            </Button>
          )}
        </div>
        <SavingLine saving={edits.saving} />
      </div>
      {sections.length === 0 ? (
        <EmptyState
          icon="pencil"
          title={t('author.outline.empty')}
          action={
            <Button kind="primary" icon="plus" onClick={() => setAsking({ what: 'add', node: null })}>
              {t('author.add.section')}
            </Button>
          }
        >
          {t('author.outline.empty-line')}
        </EmptyState>
      ) : (
        <div className={isWide ? 'desk' : undefined}>
          <Card className="outline-card">
            <OutlineTree
              sections={sections}
              open={open}
              onOpen={setOpen}
              chosen={present}
              onChoose={choose}
              actions={actions}
              titleOf={edits.titleOf}
              onMove={(id, place) => void edits.moveTo(id, place)}
            />
          </Card>
          {isWide && (
            <aside className="card desk-aside" aria-label={t('author.settings')}>
              {present ? (
                <NodeDesk key={present} course={course} id={present}>
                  {(draft) => <Inspector course={course} draft={draft} />}
                </NodeDesk>
              ) : (
                <div className="stack small muted">
                  <p>{t('author.outline.choose')}</p>
                  <p>{t('author.outline.keys')}</p>
                </div>
              )}
            </aside>
          )}
        </div>
      )}
      {under && <RowMenu key={under.id} node={under} title={edits.titleOf(under)} anchor={menu.anchor} actions={actions} onClose={() => setMenu(undefined)} />}
      <OutlineDialogs asking={asking} edits={edits} onOpen={(id) => setOpen((before) => new Set([...before, id]))} onClose={() => setAsking(undefined)} />
      <Dialog title={t('author.settings')} open={drawer !== undefined} side="end" onClose={() => setDrawer(undefined)}>
        {drawer && (
          <NodeDesk key={drawer} course={course} id={drawer}>
            {(draft) => <Inspector course={course} draft={draft} />}
          </NodeDesk>
        )}
      </Dialog>
    </>
  );
}
