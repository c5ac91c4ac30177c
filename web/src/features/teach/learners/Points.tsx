import { useT } from '@lib/i18n';

/** The points of what was answered, of those it could have given; in words where nothing was. */
export function Points({ of }: { of: { points: string; possible: string } }) {
  const t = useT();
  if (Number(of.possible) === 0) return <span className="muted">{t('teach.no-points')}</span>;
  return <>{t('teach.points', { points: Number(of.points), possible: Number(of.possible) })}</>;
}
