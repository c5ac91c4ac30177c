import { Suspense } from 'react';
import { createPortal } from 'react-dom';

import type { BlockView } from '@lib/api/catalog';
import { useDraftProblemQuery, type DraftOutlineNode } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Banner } from '@ui/Banner';
import { BlockBoundary } from '@ui/BlockBoundary';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';
import { Menu, type MenuItem } from '@ui/Menu';
import { SaveState } from '@ui/SaveState';
import { Skeleton, SkeletonLines } from '@ui/Skeleton';

import { Inspector } from '../Inspector';
import { NodeDesk } from '../NodeDesk';
import { wholeSettings } from '../settings';
import { BLOCK_ICONS } from '../states';
import { BlockEditor } from './BlockEditor';
import type { LessonView } from './lesson';
import { viewOf } from './problemView';

type Props = {
  course: string;
  unit: string;
  node: DraftOutlineNode;
  title: string;
  view: BlockView | undefined;
  isOpen: boolean;
  /** Where the settings of the open block are drawn: beside the canvas, or in a drawer. */
  aside: HTMLElement | null;
  Lesson: LessonView;
  items: MenuItem[];
  onOpen: () => void;
  onClose: () => void;
};

/** One block of a unit: as learners see it, or open for editing. */
export function BlockCard({ course, unit, node, title, view, isOpen, aside, Lesson, items, onOpen, onClose }: Props) {
  const t = useT();
  const settings = wholeSettings(node.settings);
  const kind = node.block_kind ?? 'html';
  const edit = t('author.edit', { title });
  return (
    <div id={`card-${node.id}`} className={`card block-card ${isOpen ? 'is-open' : ''}`} role="group" aria-label={title}>
      <div className="row block-head">
        <Icon name={BLOCK_ICONS[kind]} className="node-icon" />
        <h2 className="grow block-title">
          <bdi>{title}</bdi>
        </h2>
        <Badge>{t(`author.kind.${kind}`)}</Badge>
        {settings.hidden && <Badge tone="warning">{t('author.mark.hidden')}</Badge>}
        {!isOpen && (
          <Button icon="pencil" aria-label={edit} onClick={onOpen}>
            {t('author.edit-short')}
          </Button>
        )}
        <Menu label={t('author.more', { title })} items={items} trigger={(props) => <IconButton icon="more" label={t('author.more', { title })} tip={false} {...props} />} />
      </div>
      {isOpen ? (
        <NodeDesk key={node.id} course={course} id={node.id}>
          {(draft) => (
            <>
              {kind === 'problem' && view && <BlockPreview course={course} unit={unit} view={view} Lesson={Lesson} />}
              <BlockBoundary of={node} instead={<Banner tone="warning">{t('author.block-failed')}</Banner>}>
                <BlockEditor course={course} draft={draft} />
              </BlockBoundary>
              <div className="row between">
                <SaveState state={draft.state} />
                <Button kind="primary" onClick={() => void draft.flush().then(onClose)}>
                  {t('author.done')}
                </Button>
              </div>
              {aside && createPortal(<Inspector course={course} draft={draft} />, aside)}
            </>
          )}
        </NodeDesk>
      ) : (
        <div className="block-preview">
          {view ? <BlockPreview course={course} unit={unit} view={view} Lesson={Lesson} /> : <p className="muted small">{t('author.no-preview')}</p>}
        </div>
      )}
    </div>
  );
}

type Previewed = { course: string; unit: string; view: BlockView; Lesson: LessonView };

/** A block as learners see it; one with bad data says so in its own place. */
export function BlockPreview({ course, unit, view, Lesson }: Previewed) {
  const t = useT();
  return (
    <BlockBoundary of={view} instead={<Banner tone="warning">{t('author.block-failed')}</Banner>}>
      <Suspense fallback={<SkeletonLines lines={3} />}>
        {view.content.kind === 'problem' ? <ProblemPreview course={course} unit={unit} view={view} Lesson={Lesson} /> : <Lesson course={course} unit={unit} block={view} problem={null} />}
      </Suspense>
    </BlockBoundary>
  );
}

/** A problem as learners get it: drawn here from the author's own copy, without its key. */
function ProblemPreview({ course, unit, view, Lesson }: Previewed) {
  const t = useT();
  const id = view.content.kind === 'problem' ? view.content.problem : null;
  const { data, isLoading } = useDraftProblemQuery({ course, node: view.id }, { skip: id === null });
  if (isLoading) return <Skeleton height="120px" />;
  if (!data || !id) return <p className="muted small">{t('author.problem.none')}</p>;
  return <Lesson course={course} unit={unit} block={view} problem={viewOf(data, id)} />;
}
