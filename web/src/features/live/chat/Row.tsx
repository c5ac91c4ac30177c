import { memo, type CSSProperties } from 'react';

import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';

import { isLeading, type Comment } from './ring';

/** A hue of one's own, always the same for the same person. */
function hueOf(id: string): number {
  let sum = 2166136261;
  for (let at = 0; at < id.length; at += 1) sum = Math.imul(sum ^ id.charCodeAt(at), 16777619);
  return (sum >>> 8) % 360;
}

type Props = { comment: Comment; isMine: boolean; onDelete?: ((seq: number) => void) | undefined };

/** One comment. It never changes while it stands, so it is drawn once. */
export const Row = memo(function Row({ comment, isMine, onDelete }: Props) {
  const t = useT();
  const format = useFormats();
  const { author, body, at, local, isGone, seq } = comment;
  const initial = [...author.name.trim()][0]?.toLocaleUpperCase() ?? '·';
  return (
    <li className={`comment ${local ? `comment-${local}` : ''} ${isLeading(author.role) ? 'comment-leading' : ''}`} data-seq={seq ?? undefined}>
      <span className="comment-face" style={{ '--hue': hueOf(author.id) } as CSSProperties} data-initial={initial} aria-hidden="true" />
      <div className="comment-words">
        <span className="comment-name">
          <bdi>{author.name}</bdi>
        </span>
        {isLeading(author.role) && <Badge tone="info">{t(author.role === 'speaker' ? 'live.role.speaker' : 'live.role.host')}</Badge>}
        {isMine && <span className="comment-you">{t('live.chat.you')}</span>}
        {isGone ? <em className="comment-gone">{t('live.chat.gone')}</em> : <span className="comment-body" dir="auto">{body}</span>}
        {local === 'kept' && (
          <span className="comment-state">
            <Icon name="device" />
            {t('live.chat.kept')}
          </span>
        )}
        <time className="visually-hidden" dateTime={at}>
          {at ? format.time(at) : ''}
        </time>
      </div>
      {onDelete && seq !== null && !isGone && <IconButton icon="trash" tip={false} label={t('live.chat.delete', { name: author.name })} className="comment-tool" onClick={() => onDelete(seq)} />}
    </li>
  );
});
