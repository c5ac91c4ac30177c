import { Link } from '@tanstack/react-router';

import { useAdminOverviewQuery } from '@lib/api/organizations';
import { useViewerQuery } from '@lib/api/viewer';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Card } from '@ui/Card';
import { ErrorState } from '@ui/ErrorState';
import { Icon } from '@ui/Icon';
import { SkeletonCards } from '@ui/Skeleton';
import { Stat } from '@ui/Stat';

import { AdminFrame } from './AdminFrame';
import { ROLES } from './roles';

export default function OverviewPage() {
  const t = useT();
  const { data: viewer } = useViewerQuery();
  const current = viewer?.organizations.find((each) => each.is_current);
  return (
    <AdminFrame title={t('admin.overview.title')} lead={current && <bdi>{current.name}</bdi>}>
      <Figures />
      <div className="grid">
        <Card as="section" className="stack">
          <h2>{t('admin.users.title')}</h2>
          <p className="muted">{t('admin.overview.users-line')}</p>
          <Link className="btn btn-secondary" to="/admin/users" search={{}}>
            <Icon name="users" />
            {t('admin.overview.to-users')}
          </Link>
        </Card>
        <Card as="section" className="stack">
          <h2>{t('admin.organizations.title')}</h2>
          <p className="muted">{t('admin.overview.orgs-line')}</p>
          <Link className="btn btn-secondary" to="/admin/orgs" search={{}}>
            <Icon name="building" />
            {t('admin.overview.to-orgs')}
          </Link>
        </Card>
      </div>
    </AdminFrame>
  );
}

function Figures() {
  const t = useT();
  const format = useFormats();
  const { data, error, refetch } = useAdminOverviewQuery(undefined, { refetchOnMountOrArgChange: true });
  if (!data) return error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonCards cards={1} height="110px" />;
  return (
    <Card>
      <dl className="grid" style={{ '--col': '130px' } as React.CSSProperties}>
        <Stat label={t('admin.members')} value={format.number(data.members)} />
        {ROLES.map((role) => (
          <Stat key={role} label={t(`admin.roles.${role}`)} value={format.number(data.roles[role] ?? 0)} />
        ))}
      </dl>
    </Card>
  );
}
