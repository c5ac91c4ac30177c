import { lazy, Suspense, useState } from 'react';

import { useCourseAssetsQuery, type HtmlContent } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Segments } from '@ui/Segments';
import { SkeletonLines } from '@ui/Skeleton';
import { TextArea } from '@ui/TextArea';

import type { NodeDraft } from '../useNodeDraft';

const RichText = lazy(() => import('./RichText'));

/** Text as it will look, or its HTML. Both are the same draft. */
export function HtmlEditor({ course, draft, content }: { course: string; draft: NodeDraft; content: HtmlContent }) {
  const t = useT();
  const { data: assets } = useCourseAssetsQuery({ course });
  const [mode, setMode] = useState<'visual' | 'source'>('visual');
  const [isForeign, setForeign] = useState(false);
  const pictures = (assets ?? []).filter((asset) => asset.content_type.startsWith('image/'));
  const urls = { ...Object.fromEntries(pictures.map(({ reference, url }) => [reference, url])), ...draft.node.urls };
  const change = (html: string): void => draft.change({ content: { kind: 'html', html } });
  return (
    <div className="stack">
      <Segments<'visual' | 'source'>
        legend={t('author.html.mode')}
        hideLegend
        value={isForeign ? 'source' : mode}
        segments={[
          { value: 'visual', label: t('author.html.visual'), icon: 'text' },
          { value: 'source', label: t('author.html.source') },
        ]}
        onChange={(next) => {
          setForeign(false);
          setMode(next);
        }}
      />
      {isForeign && <Banner tone="warning">{t('author.html.foreign')}</Banner>}
      {mode === 'visual' && !isForeign && assets ? (
        <Suspense fallback={<SkeletonLines lines={6} />}>
          <RichText key={draft.epoch} label={t('author.html.text')} html={content.html} urls={urls} pictures={pictures} onChange={change} onUnfaithful={() => setForeign(true)} />
        </Suspense>
      ) : (
        <TextArea label={t('author.html.html')} hint={t('author.html.html-hint')} className="input source" dir="ltr" spellCheck={false} value={content.html} onChange={(event) => change(event.target.value)} />
      )}
    </div>
  );
}
