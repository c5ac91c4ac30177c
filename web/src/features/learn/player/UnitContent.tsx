import { useNavigate } from '@tanstack/react-router';
import { useEffect, type MouseEvent } from 'react';

import type { LearnerUnit } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { EmptyState } from '@ui/EmptyState';

import { Block } from '../blocks/Block';
import { useResume } from './useResume';
import { useView } from './useView';

/** The blocks of a unit, one under the other. */
export function UnitContent({ unit, course }: { unit: LearnerUnit; course: string }) {
  const t = useT();
  const navigate = useNavigate();
  useView(course, unit.unit_id);
  useResume(course, unit.unit_id);
  useEffect(() => {
    const target = /^#block-[\w-]+$/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
    target?.scrollIntoView({ block: 'start' });
  }, []);
  const follow = (event: MouseEvent): void => {
    const path = innerPath(event);
    if (!path) return;
    event.preventDefault();
    void navigate({ href: path });
  };
  if (unit.blocks.length === 0) return <EmptyState title={t('learn.unit.empty')}>{t('learn.unit.empty-line')}</EmptyState>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions jsx-a11y/click-events-have-key-events -- listens to the author's own links, which keyboards press by themselves
    <div className="unit" onClick={follow}>
      {unit.blocks.map((block) => (
        <Block key={block.id} block={block} where={{ course, unit: unit.unit_id }} />
      ))}
    </div>
  );
}

/** A plain press on an author's link to another part of a course: it moves without loading the page anew. */
function innerPath(event: MouseEvent): string | undefined {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('.prose a[href]') : null;
  if (!link || (link.target && link.target !== '_self') || link.hasAttribute('download')) return undefined;
  const url = new URL(link.href, location.href);
  return url.origin === location.origin && url.pathname.startsWith('/learn/') ? url.pathname + url.search + url.hash : undefined;
}
