import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { useCourseAssetsQuery, type CourseAsset } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { DataTable, type Column } from '@ui/DataTable';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { FileDrop } from '@ui/FileDrop';
import { Icon } from '@ui/Icon';
import { SearchBox } from '@ui/SearchBox';
import { SkeletonLines } from '@ui/Skeleton';

import { CourseFrame } from './CourseFrame';
import { RemoveFile } from './media/RemoveFile';
import { SendingList } from './media/SendingList';
import { useSending } from './media/useSending';

const NONE: CourseAsset[] = [];

export default function MediaPage() {
  const t = useT();
  const format = useFormats();
  const { course = '' } = useParams({ strict: false });
  const { data, error, refetch } = useCourseAssetsQuery({ course }, { refetchOnMountOrArgChange: true });
  const { files, send, forget } = useSending(course);
  const [words, setWords] = useState('');
  const found = (data ?? NONE).filter((asset) => asset.name.toLowerCase().includes(words.trim().toLowerCase()));
  const columns: Column<CourseAsset>[] = [
    {
      id: 'picture',
      head: <span className="visually-hidden">{t('author.media.picture')}</span>,
      cell: (asset) => (asset.content_type.startsWith('image/') ? <img className="thumb" src={asset.url} alt="" loading="lazy" /> : <Icon name={asset.content_type.startsWith('video/') ? 'video' : 'file'} className="file-sign" />),
    },
    {
      id: 'name',
      head: t('author.media.name'),
      rowHead: true,
      cell: (asset) => (
        <>
          <a href={asset.url} target="_blank" rel="noreferrer">
            <bdi className="path">{asset.name}</bdi>
          </a>
          {asset.content_type.startsWith('video/') && <FilmLine asset={asset} />}
        </>
      ),
    },
    { id: 'type', head: t('author.report.kind'), cell: (asset) => t(`author.file.${sortOf(asset.content_type)}`) },
    { id: 'size', head: t('author.media.size'), number: true, cell: (asset) => format.bytes(asset.size) },
    { id: 'actions', head: <span className="visually-hidden">{t('author.media.remove')}</span>, cell: (asset) => <RemoveFile course={course} asset={asset} /> },
  ];
  return (
    <CourseFrame course={course} title={t('author.media.title')} lead={t('author.media.lead')}>
      <FileDrop label={t('author.media.drop')} hint={t('author.media.hint')} multiple onFiles={(chosen) => chosen.forEach((file) => void send(file))} />
      <SendingList files={files} onForget={forget} />
      {!data && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />)}
      {data && data.length > 8 && <SearchBox label={t('author.media.search')} value={words} onSearch={setWords} />}
      {data && <DataTable caption={t('author.media.title')} columns={columns} rows={found} keyOf={(asset) => asset.name} empty={<EmptyState icon="image" title={t('author.media.none')} />} />}
    </CourseFrame>
  );
}

/** What a file is in an author's words; its exact type is the server's business. */
function sortOf(type: string): 'picture' | 'film' | 'sound' | 'captions' | 'page' | 'paper' {
  if (type.startsWith('image/')) return 'picture';
  if (type.startsWith('video/')) return 'film';
  if (type.startsWith('audio/')) return 'sound';
  if (type === 'text/vtt' || type === 'application/x-subrip') return 'captions';
  return type === 'text/html' ? 'page' : 'paper';
}

/** How learners get a film, said plainly; why there is no ladder is the server's word. */
function FilmLine({ asset }: { asset: CourseAsset }) {
  const t = useT();
  return (
    <p className="small muted">
      {t(asset.has_ladder ? 'author.media.ladder' : 'author.media.original')}{' '}
      {asset.note && (
        <bdi lang="en">{asset.note}</bdi>
      )}
    </p>
  );
}
