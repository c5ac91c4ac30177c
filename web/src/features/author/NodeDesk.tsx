import { useState, type ReactNode } from 'react';

import { useDraftNodeQuery, type NodeView } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';

import { ClashDialog } from './ClashDialog';
import { useNodeDraft, type Edits, type NodeDraft } from './useNodeDraft';

type Props = { course: string; id: string; children: (draft: NodeDraft) => ReactNode };

/** Open a node at its newest version and hand it to whoever edits it. Give it the node's id as `key`. */
export function NodeDesk({ course, id, children }: Props) {
  const { data, error, isFetching, refetch } = useDraftNodeQuery({ course, node: id }, { refetchOnMountOrArgChange: true });
  const [opened, setOpened] = useState<NodeView>();
  if (!opened && data && !isFetching) setOpened(data);
  if (opened) return <Opened course={course} node={opened} render={children} />;
  return error && !isFetching ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} level={3} /> : <SkeletonLines lines={6} />;
}

function Opened({ course, node, render }: { course: string; node: NodeView; render: (draft: NodeDraft) => ReactNode }) {
  const t = useT();
  const draft = useNodeDraft(course, node);
  return (
    <>
      <ProblemBanner problem={draft.refused} />
      {render(draft)}
      {draft.theirs && (
        <ClashDialog
          mine={<Side edits={draft.value} />}
          theirs={<Side edits={draft.theirs} />}
          changed={draft.theirs}
          keep={t('author.clash.keep-mine')}
          onKeepMine={() => draft.resolve('mine')}
          onTakeTheirs={() => void draft.resolve('theirs')}
        />
      )}
    </>
  );
}

/** One side of a comparison, as plain text: what is read, not how it is drawn. */
function Side({ edits }: { edits: Pick<Edits, 'title' | 'content'> }) {
  const { title, content } = edits;
  const words = content?.kind === 'html' ? plain(content.html) : content ? JSON.stringify(content, null, 2) : '';
  return (
    <>
      <p>
        <strong>
          <bdi>{title}</bdi>
        </strong>
      </p>
      {words && <pre className="clash-text">{words}</pre>}
    </>
  );
}

function plain(html: string): string {
  const blocks = html.replace(/<\/(p|li|h[1-6]|div|tr|blockquote|pre)>|<br\s*\/?>/gi, '\n');
  const text = blocks.replace(/<[^>]*>/g, '');
  return text.replace(/&nbsp;/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&').replace(/\n{3,}/g, '\n\n').trim();
}
