import type { VideoContent } from '@lib/api/courses';
import { LOCALES, useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { IconButton } from '@ui/IconButton';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';

import type { NodeDraft } from '../useNodeDraft';
import { FileField } from './FileField';

const FILMS = /^video\/|\.(mp4|webm|m3u8|mov|ogv)$/i;
const CAPTIONS = /vtt|subrip|\.(vtt|srt)$/i;
const LANGUAGES = ['en', 'ar', 'de', 'el', 'es', 'fr', 'hi', 'it', 'ja', 'ko', 'pt', 'ru', 'tr', 'uk', 'zh'];

/** A film: where it comes from, its captions, and which stretch is played. */
export function VideoEditor({ course, draft, content }: { course: string; draft: NodeDraft; content: VideoContent }) {
  const t = useT();
  const set = (part: Partial<VideoContent>): void => draft.change({ content: { ...content, ...part } });
  const names = new Intl.DisplayNames(t.locale, { type: 'language', fallback: 'code' });
  const languages = (present: string) => [...new Set([present, ...Object.keys(LOCALES), ...LANGUAGES])].filter(Boolean).map((value) => ({ value, label: names.of(value) ?? value }));
  const seconds = (text: string): number | null => (text.trim() === '' || !Number.isFinite(Number(text)) ? null : Math.max(0, Number(text)));
  return (
    <div className="form">
      <fieldset className="form edited-part">
        <legend>{t('author.video.sources')}</legend>
        {content.sources.map((source, index) => (
          <div key={index} className="row edited-part-row">
            <div className="grow form">
              <FileField
                course={course}
                label={t('author.video.source', { number: index + 1 })}
                types={FILMS}
                mayBeAddress
                value={source.url}
                onChange={(url) => set({ sources: content.sources.map((each, at) => (at === index ? { content_type: typeOf(url), url } : each)) })}
              />
            </div>
            <IconButton icon="trash" label={t('author.video.remove-source', { number: index + 1 })} onClick={() => set({ sources: content.sources.filter((_, at) => at !== index) })} />
          </div>
        ))}
        <div className="row">
          <Button icon="plus" onClick={() => set({ sources: [...content.sources, { url: '', content_type: '' }] })}>
            {t('author.video.add-source')}
          </Button>
        </div>
        <TextField label={t('author.video.youtube')} hint={t('author.video.youtube-hint')} optional dir="ltr" value={content.youtube} onChange={(event) => set({ youtube: idOf(event.target.value) })} />
      </fieldset>
      <fieldset className="form edited-part">
        <legend>{t('author.video.captions')}</legend>
        {content.captions.length === 0 && <p className="muted small">{t('author.video.no-captions')}</p>}
        {content.captions.map((caption, index) => {
          const change = (part: Partial<typeof caption>): void => set({ captions: content.captions.map((each, at) => (at === index ? { ...each, ...part } : each)) });
          return (
            <div key={index} className="row edited-part-row">
              <div className="grow form">
                <Select label={t('author.field.caption-language')} options={languages(caption.language)} value={caption.language} onChange={(event) => change({ language: event.target.value, label: new Intl.DisplayNames(event.target.value, { type: 'language' }).of(event.target.value) ?? '' })} />
                <FileField course={course} label={t('author.video.caption-file')} types={CAPTIONS} value={caption.url} onChange={(url) => change({ url })} />
              </div>
              <IconButton icon="trash" label={t('author.video.remove-caption', { number: index + 1 })} onClick={() => set({ captions: content.captions.filter((_, at) => at !== index) })} />
            </div>
          );
        })}
        <div className="row">
          <Button icon="plus" onClick={() => set({ captions: [...content.captions, { language: 'en', label: 'English', url: '' }] })}>
            {t('author.video.add-caption')}
          </Button>
        </div>
      </fieldset>
      <fieldset className="form edited-part">
        <legend>{t('author.video.more')}</legend>
        <FileField course={course} label={t('author.video.poster')} types={/^image\//} value={content.poster} onChange={(poster) => set({ poster })} />
        <TextField label={t('author.video.start')} inputMode="decimal" optional defaultValue={content.start_s ?? ''} onChange={(event) => set({ start_s: seconds(event.target.value) })} />
        <TextField label={t('author.video.end')} inputMode="decimal" optional defaultValue={content.end_s ?? ''} onChange={(event) => set({ end_s: seconds(event.target.value) })} />
      </fieldset>
    </div>
  );
}

function typeOf(url: string): string {
  if (/\.m3u8($|\?)/i.test(url)) return 'application/vnd.apple.mpegurl';
  const ending = /\.(mp4|webm|ogv|mov)($|\?)/i.exec(url)?.[1]?.toLowerCase();
  return ending ? `video/${ending === 'mov' ? 'quicktime' : ending === 'ogv' ? 'ogg' : ending}` : '';
}

/** The id in any spelling of a YouTube address. */
function idOf(text: string): string {
  return /(?:youtu\.be\/|[?&]v=|\/embed\/|\/shorts\/)([\w-]{11})/.exec(text)?.[1] ?? text.trim();
}
