import type { UnsupportedContent } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Prose } from '@ui/Prose';

/** What came from another platform and cannot be done here yet: its title, what it is, and what of it can be read. */
export function Unsupported({ title, content }: { title: string; content: UnsupportedContent }) {
  const t = useT();
  const isKnown = t.has(`learn.unsupported.kind.${content.source_kind}`);
  return (
    <div className="card problem">
      <h2>
        <bdi>{title || t('learn.unsupported.untitled')}</bdi>
      </h2>
      {content.words && <Prose html={content.words} />}
      <Banner tone="warning">
        <p>
          <strong>{t(content.words ? 'learn.unsupported.unanswerable' : 'learn.unsupported.title')}</strong>
        </p>
        <p>
          {isKnown ? t(`learn.unsupported.kind.${content.source_kind}`) : t('learn.unsupported.kind', { kind: content.source_kind })} {t('learn.unsupported.line')}
        </p>
      </Banner>
    </div>
  );
}
