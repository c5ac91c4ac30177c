import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import type { BlockView } from '@lib/api/catalog';
import { useDraftOutlineQuery, usePreviewUnitQuery, type BlockKind, type DraftOutlineNode } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Icon } from '@ui/Icon';
import { Menu } from '@ui/Menu';
import { Segments } from '@ui/Segments';
import { SkeletonLines } from '@ui/Skeleton';

import { CourseFrame } from './CourseFrame';
import { Inspector } from './Inspector';
import { NodeDesk } from './NodeDesk';
import { NEW_BLOCKS, OutlineDialogs, type Asking } from './outline/OutlineDialogs';
import { SavingLine } from './outline/SavingLine';
import { useOutlineEdits } from './outline/useOutlineEdits';
import { BLOCK_ICONS } from './states';
import { find, flatten, pathTo } from './tree';
import { BlockCard } from './unit/BlockCard';
import type { LessonView } from './unit/lesson';
import { Preview } from './unit/Preview';
import { useWide } from './useWide';

export default function UnitEditorPage({ Lesson }: { Lesson: LessonView }) {
  const t = useT();
  const { course = '', unit = '' } = useParams({ strict: false });
  const { data, error, refetch } = useDraftOutlineQuery({ course }, { refetchOnMountOrArgChange: true });
  const found = data && find(data.sections, unit);
  const way = data ? pathTo(data.sections, unit).slice(0, -1) : [];
  return (
    <CourseFrame course={course} title={found?.node.title || t('author.uniteditor.title')} width="wide" lead={way.map((node) => node.title).join(' › ')}>
      {!data && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={10} />)}
      {data && !found && <EmptyState icon="search" title={t('author.unit.gone')} action={<Link className="btn btn-secondary" to="/author/$course/outline" params={{ course }} search={{}}>{t('author.outline.title')}</Link>} />}
      {data && found && <Desk key={unit} course={course} unit={found.node} sections={data.sections} Lesson={Lesson} />}
    </CourseFrame>
  );
}

function Desk({ course, unit, sections, Lesson }: { course: string; unit: DraftOutlineNode; sections: DraftOutlineNode[]; Lesson: LessonView }) {
  const t = useT();
  const navigate = useNavigate();
  const isWide = useWide();
  const { node: chosen } = useSearch({ strict: false });
  const { currentData: preview, error } = usePreviewUnitQuery({ course, unit: unit.id }, { refetchOnMountOrArgChange: true });
  const [mode, setMode] = useState<'edit' | 'preview'>('edit');
  const [asking, setAsking] = useState<Asking>();
  const [aside, setAside] = useState<HTMLElement | null>(null);
  const [drawer, setDrawer] = useState(false);
  const edits = useOutlineEdits(course, sections);
  const open = unit.children.find((child) => child.id === chosen)?.id;
  const choose = (node: string | undefined): void => void navigate({ to: '/author/$course/unit/$unit', params: { course, unit: unit.id }, search: { node }, replace: true, resetScroll: false });
  const views = new Map((preview?.blocks ?? []).map((block) => [block.id, block as BlockView]));
  const add = async (kind: BlockKind): Promise<void> => {
    const made = await edits.addNode(unit, 'block', '', kind);
    if (made) choose(made.id);
  };
  const units = flatten(sections).filter((node) => node.kind === 'unit');
  const here = units.findIndex((node) => node.id === unit.id);
  const settings = (
    <NodeDesk key={unit.id} course={course} id={unit.id}>
      {(draft) => <Inspector course={course} draft={draft} />}
    </NodeDesk>
  );

  return (
    <>
      <div className="row between outline-bar">
        <Segments<'edit' | 'preview'>
          legend={t('author.unit.mode')}
          hideLegend
          value={mode}
          segments={[
            { value: 'edit', label: t('author.unit.edit'), icon: 'pencil' },
            { value: 'preview', label: t('author.unit.preview'), icon: 'eye' },
          ]}
          onChange={setMode}
        />
        <SavingLine saving={edits.saving} />
        {!isWide && mode === 'edit' && (
          <Button icon="settings" onClick={() => setDrawer(true)}>
            {t('author.settings')}
          </Button>
        )}
      </div>
      {error && !preview && <ErrorState problem={asProblem(error)} level={3} />}
      {mode === 'preview' ? (
        <Preview course={course} unit={unit.id} blocks={preview?.blocks as BlockView[] | undefined} Lesson={Lesson} />
      ) : (
        <div className={isWide ? 'desk' : 'stack'}>
          <div className="section">
            {unit.children.length === 0 && (
              <EmptyState icon="text" title={t('author.unit.empty')}>
                {t('author.unit.empty-line')}
              </EmptyState>
            )}
            {unit.children.map((node, index) => (
              <BlockCard
                key={node.id}
                course={course}
                unit={unit.id}
                node={node}
                title={edits.titleOf(node)}
                view={views.get(node.id)}
                isOpen={open === node.id}
                aside={aside}
                Lesson={Lesson}
                onOpen={() => choose(node.id)}
                onClose={() => choose(undefined)}
                items={[
                  { id: 'rename', label: t('author.rename'), icon: 'text', onPress: () => setAsking({ what: 'rename', node }) },
                  { id: 'up', label: t('author.move-up'), icon: 'arrow-up', disabled: index === 0, onPress: () => void edits.moveTo(node.id, { parent: unit.id, position: index - 1 }) },
                  { id: 'down', label: t('author.move-down'), icon: 'arrow-down', disabled: index === unit.children.length - 1, onPress: () => void edits.moveTo(node.id, { parent: unit.id, position: index + 1 }) },
                  { kind: 'rule', id: 'rule' },
                  { id: 'remove', label: t('author.remove'), icon: 'trash', danger: true, onPress: () => setAsking({ what: 'remove', node }) },
                ]}
              />
            ))}
            <div className="row">
              <Menu
                label={t('author.add.block')}
                items={NEW_BLOCKS.map((kind) => ({ id: kind, label: t(`author.kind.${kind}`), icon: BLOCK_ICONS[kind], onPress: () => void add(kind) }))}
                trigger={(props) => (
                  <Button icon="plus" {...props}>
                    {t('author.add.block')}
                  </Button>
                )}
              />
            </div>
            <UnitLinks course={course} before={units[here - 1]} after={units[here + 1]} />
          </div>
          {isWide && (
            <aside className="card desk-aside" aria-label={t('author.settings')}>
              <div ref={setAside} />
              {!open && settings}
            </aside>
          )}
        </div>
      )}
      {!isWide && (
        <Dialog title={t('author.settings')} open={drawer} side="end" onClose={() => setDrawer(false)}>
          <div ref={setAside} />
          {!open && settings}
        </Dialog>
      )}
      <OutlineDialogs asking={asking} edits={edits} onOpen={() => undefined} onClose={() => setAsking(undefined)} />
    </>
  );
}

function UnitLinks({ course, before, after }: { course: string; before: DraftOutlineNode | undefined; after: DraftOutlineNode | undefined }) {
  const t = useT();
  return (
    <nav className="row between" aria-label={t('author.unit.others')}>
      {before ? (
        <Link className="btn btn-quiet" to="/author/$course/unit/$unit" params={{ course, unit: before.id }} search={{}}>
          <Icon name="arrow-start" />
          <bdi>{before.title}</bdi>
        </Link>
      ) : (
        <span />
      )}
      {after && (
        <Link className="btn btn-quiet" to="/author/$course/unit/$unit" params={{ course, unit: after.id }} search={{}}>
          <bdi>{after.title}</bdi>
          <Icon name="arrow-end" />
        </Link>
      )}
    </nav>
  );
}
