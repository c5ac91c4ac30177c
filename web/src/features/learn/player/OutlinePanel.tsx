import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import type { LearnerOutline } from '@lib/api/progress';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { ProgressBar } from '@ui/Progress';
import { SkeletonLines } from '@ui/Skeleton';

import { useNow } from '../useNow';
import { OutlineTree } from './OutlineTree';

type Props = { course: string; outline: LearnerOutline | undefined; current: string; onGo?: () => void };

/** The head of the outline (course, how far) and the tree under it; the current unit is scrolled into sight, never the page. */
export function OutlinePanel({ course, outline, current, onGo }: Props) {
  const t = useT();
  const format = useFormats();
  const now = useNow();
  const panel = useRef<HTMLDivElement>(null);
  const isThere = outline !== undefined;
  useEffect(() => {
    const box = panel.current?.closest<HTMLElement>('.player-outline, .dialog-body');
    const line = panel.current?.querySelector<HTMLElement>(`a[href$="/${CSS.escape(current)}"]`);
    if (!box || !line || !isThere) return;
    const [outer, inner] = [box.getBoundingClientRect(), line.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) box.scrollTop += inner.top - outer.top - outer.height / 3;
  }, [current, isThere]);
  if (!outline) return <SkeletonLines lines={8} />;
  return (
    <div ref={panel} className="stack">
      <div className="outline-head">
        <Link className="outline-course" to="/learn/$course" params={{ course }} activeOptions={{ exact: true }} onClick={() => onGo?.()}>
          {outline.title}
        </Link>
        <p className="small muted">{t('learn.progress.done', { percent: format.percent(outline.percent / 100) })}</p>
        <ProgressBar label={t('learn.progress.of', { course: outline.title })} share={outline.percent / 100} />
      </div>
      <OutlineTree course={course} sections={outline.sections} current={current} now={now} {...(onGo ? { onGo } : {})} />
    </div>
  );
}
