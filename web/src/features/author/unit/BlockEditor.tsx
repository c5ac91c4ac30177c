import { lazy, Suspense } from 'react';

import { useT } from '@lib/i18n';
import { SkeletonLines } from '@ui/Skeleton';

import type { NodeDraft } from '../useNodeDraft';
import { HtmlEditor } from './HtmlEditor';
import { DiscussionEditor, EmbedEditor, FileEditor, RandomizedEditor, UnsupportedView } from './SmallEditors';

const VideoEditor = lazy(() => import('./VideoEditor').then((module) => ({ default: module.VideoEditor })));
const ProblemEditor = lazy(() => import('./ProblemEditor').then((module) => ({ default: module.ProblemEditor })));

/** The editor that fits a block's kind. */
export function BlockEditor({ course, draft }: { course: string; draft: NodeDraft }) {
  return (
    <Suspense fallback={<SkeletonLines lines={6} />}>
      <Fitting course={course} draft={draft} />
    </Suspense>
  );
}

function Fitting({ course, draft }: { course: string; draft: NodeDraft }) {
  const t = useT();
  const { content } = draft.value;
  switch (content?.kind) {
    case 'html':
      return <HtmlEditor course={course} draft={draft} content={content} />;
    case 'video':
      return <VideoEditor course={course} draft={draft} content={content} />;
    case 'problem':
      return <ProblemEditor course={course} draft={draft} />;
    case 'file':
      return <FileEditor course={course} draft={draft} content={content} />;
    case 'embed':
      return <EmbedEditor course={course} draft={draft} content={content} />;
    case 'discussion':
      return <DiscussionEditor course={course} draft={draft} content={content} />;
    case 'randomized':
      return <RandomizedEditor course={course} draft={draft} content={content} />;
    case 'unsupported':
      return <UnsupportedView content={content} />;
    default:
      return <p className="muted small">{t('author.group.line')}</p>;
  }
}
