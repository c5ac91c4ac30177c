import type { LearnerBlock } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { BlockBoundary } from '@ui/BlockBoundary';
import { Icon } from '@ui/Icon';
import { Prose } from '@ui/Prose';

import type { Where } from '../player/cache';
import { ProblemBlock } from '../problem/ProblemBlock';
import { VideoBlock } from '../video/VideoBlock';
import { CompletionLine } from './CompletionLine';
import { EmbedFrame } from './EmbedFrame';
import { Unsupported } from './Unsupported';

type Props = { block: LearnerBlock; where: Where };

/** One block, by its kind, with the rule by which it is done. */
export function Block({ block, where }: Props) {
  const t = useT();
  return (
    <BlockBoundary of={block} instead={<Banner tone="warning">{t('learn.block.failed')}</Banner>}>
      <Whole block={block} where={where} />
    </BlockBoundary>
  );
}

function Whole({ block, where }: Props) {
  return (
    <section id={`block-${block.id}`} className={`block block-${block.content.kind}`} aria-label={block.title || undefined}>
      <Body block={block} where={where} />
      <CompletionLine block={block} where={where} />
    </section>
  );
}

function Body({ block, where }: Props) {
  const t = useT();
  const { content } = block;
  switch (content.kind) {
    case 'html':
      return <Prose html={content.html} />;
    case 'embed':
      return <EmbedFrame content={content} title={block.title || t('learn.embed.title')} />;
    case 'video':
      return <VideoBlock block={block} content={content} where={where} />;
    case 'problem':
      return block.problem ? <ProblemBlock block={block} view={block.problem} urls={content.urls} where={where} /> : <Banner tone="warning">{t('learn.problem.missing')}</Banner>;
    case 'file':
      return (
        <a className="card file-card" href={content.url} download>
          <Icon name="file" />
          <span className="grow">{content.label || block.title || t('learn.file.title')}</span>
          <span className="small muted">{t('learn.file.download')}</span>
          <Icon name="download" />
        </a>
      );
    case 'discussion':
      return (
        <Banner tone="info">
          <strong>{content.topic || block.title}</strong> <span>{t('learn.discussion.line')}</span>
        </Banner>
      );
    case 'unsupported':
      return <Unsupported title={block.title} content={content} />;
    default:
      return (
        <div className="unit">
          {content.kind === 'group' && block.title && <h2>{block.title}</h2>}
          {block.children.map((child) => (
            <Block key={child.id} block={child} where={where} />
          ))}
        </div>
      );
  }
}
