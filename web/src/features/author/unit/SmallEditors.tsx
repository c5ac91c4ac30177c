import type { DiscussionContent, EmbedContent, FileContent, RandomizedContent, UnsupportedContent } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Disclosure } from '@ui/Disclosure';
import { Segments } from '@ui/Segments';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';

import type { NodeDraft } from '../useNodeDraft';
import { FileField } from './FileField';

type Props<Content> = { course: string; draft: NodeDraft; content: Content };

export function FileEditor({ course, draft, content }: Props<FileContent>) {
  const t = useT();
  return (
    <div className="form">
      <FileField course={course} label={t('author.file.choose')} types={/./} value={content.url} onChange={(url) => draft.change({ content: { ...content, url } })} />
      <TextField label={t('author.file.label')} optional value={content.label} onChange={(event) => draft.change({ content: { ...content, label: event.target.value } })} />
    </div>
  );
}

export function EmbedEditor({ draft, content }: Props<EmbedContent>) {
  const t = useT();
  const set = (part: Partial<EmbedContent>): void => draft.change({ content: { ...content, ...part } });
  const isWrong = content.mode === 'url' && content.url !== '' && !content.url.startsWith('https://');
  return (
    <div className="form">
      <Segments<EmbedContent['mode']>
        legend={t('author.embed.mode')}
        value={content.mode}
        segments={[
          { value: 'url', label: t('author.embed.url') },
          { value: 'sandbox', label: t('author.embed.sandbox') },
        ]}
        onChange={(mode) => set({ mode })}
      />
      {content.mode === 'url' ? (
        <TextField label={t('author.embed.address')} dir="ltr" inputMode="url" placeholder="https://" error={isWrong ? t('author.embed.https') : undefined} value={content.url} onChange={(event) => set({ url: event.target.value.trim() })} />
      ) : (
        <TextArea label={t('author.html.html')} hint={t('author.embed.sandbox-hint')} className="input source" dir="ltr" spellCheck={false} value={content.html} onChange={(event) => set({ html: event.target.value })} />
      )}
      <TextField label={t('author.embed.height')} inputMode="numeric" defaultValue={content.height} onChange={(event) => set({ height: Math.max(80, Math.min(4000, Number.parseInt(event.target.value, 10) || 480)) })} />
    </div>
  );
}

export function DiscussionEditor({ draft, content }: Props<DiscussionContent>) {
  const t = useT();
  return (
    <div className="form">
      <TextField label={t('author.discussion.topic')} value={content.topic} onChange={(event) => draft.change({ content: { ...content, topic: event.target.value } })} />
      <TextField label={t('author.discussion.category')} optional value={content.category} onChange={(event) => draft.change({ content: { ...content, category: event.target.value } })} />
    </div>
  );
}

export function RandomizedEditor({ draft, content }: Props<RandomizedContent>) {
  const t = useT();
  return (
    <div className="form">
      <TextField
        label={t('author.randomized.count')}
        hint={t('author.randomized.hint')}
        inputMode="numeric"
        defaultValue={content.count}
        onChange={(event) => draft.change({ content: { ...content, count: Math.max(1, Number.parseInt(event.target.value, 10) || 1) } })}
      />
    </div>
  );
}

export function UnsupportedView({ content }: { content: UnsupportedContent }) {
  const t = useT();
  return (
    <div className="stack">
      <Banner tone="warning">{t('author.unsupported.line', { kind: content.source_kind, reason: content.reason })}</Banner>
      <Disclosure summary={t('author.unsupported.source')}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard */}
        <pre className="source-view" dir="ltr" tabIndex={0}>
          {content.source}
        </pre>
      </Disclosure>
    </div>
  );
}
