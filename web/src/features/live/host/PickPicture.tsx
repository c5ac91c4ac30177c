import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { useAssetsQuery, type AssetView } from '@lib/api/media';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { ErrorState } from '@ui/ErrorState';
import { SkeletonLines } from '@ui/Skeleton';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';

export type Picture = { url: string; alt: string };

/** The address that is good for everybody in the class; what stands behind `?` is a grant for one's own account. */
const forAll = (url: string): string => url.split('?', 1)[0] as string;

/** Choose a picture among the files of the organization, and say in words what is on it. */
export function PickPicture({ onPick, onClose }: { onPick: (picture: Picture) => void; onClose: () => void }) {
  const t = useT();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<AssetView>();
  const [alt, setAlt] = useState('');
  const { data, error, refetch } = useAssetsQuery({ q: search || undefined, limit: 60 } as Parameters<typeof useAssetsQuery>[0]);
  const pictures = (data?.items ?? []).filter(({ content_type: type, is_private: isPrivate }) => type.startsWith('image/') && !isPrivate);
  const choose = (asset: AssetView): void => {
    setChosen(asset);
    setAlt(asset.alt);
  };
  return (
    <Dialog
      title={t('live.deck.add')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" disabled={!chosen || alt.trim() === ''} onClick={() => chosen && onPick({ url: forAll(chosen.url), alt: alt.trim() })}>
            {t('live.deck.add-one')}
          </Button>
        </>
      }
    >
      <div className="form">
        <TextField label={t('live.deck.search')} value={search} onChange={(event) => setSearch(event.target.value)} />
        {error && <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonLines lines={3} />}
        {data && pictures.length === 0 && (
          <p className="small muted">
            {t('live.deck.none')} <Link to="/author">{t('live.deck.upload')}</Link>
          </p>
        )}
        <ul className="deck-picker" aria-label={t('live.deck.pictures')}>
          {pictures.map((asset) => (
            <li key={asset.asset_id}>
              <button type="button" className="deck-choice" aria-pressed={chosen?.asset_id === asset.asset_id} onClick={() => choose(asset)}>
                <img src={asset.url} alt="" loading="lazy" />
                <span className="small">{asset.name}</span>
              </button>
            </li>
          ))}
        </ul>
        {chosen && <TextArea label={t('live.deck.alt')} hint={t('live.deck.alt-hint')} required rows={2} maxLength={500} dir="auto" value={alt} onChange={(event) => setAlt(event.target.value)} />}
      </div>
    </Dialog>
  );
}
