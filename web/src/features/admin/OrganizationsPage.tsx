import { useState, type FormEvent } from 'react';

import { versionTag } from '@lib/api/base';
import { useOrganizationQuery, useUpdateOrganizationMutation, type OrganizationView } from '@lib/api/organizations';
import { useViewerQuery, type Viewer } from '@lib/api/viewer';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { Card } from '@ui/Card';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { Switch } from '@ui/Switch';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { AdminFrame } from './AdminFrame';
import { Branding, type Brand } from './orgs/Branding';
import { FoundDialog } from './orgs/FoundDialog';
import { meetings, type Theme } from './orgs/colours';

export default function OrganizationsPage() {
  const t = useT();
  const { data: viewer, error, refetch } = useViewerQuery();
  const [founding, setFounding] = useState(false);
  const isOperator = viewer?.roles.includes('operator');
  return (
    <AdminFrame
      title={t('admin.organizations.title')}
      actions={
        isOperator && (
          <Button kind="primary" icon="plus" onClick={() => setFounding(true)}>
            {t('admin.found')}
          </Button>
        )
      }
    >
      {!viewer && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />)}
      {viewer && <Mine viewer={viewer} />}
      {viewer && <Present organization={viewer.organization} />}
      {founding && <FoundDialog onClose={() => setFounding(false)} />}
    </AdminFrame>
  );
}

function Mine({ viewer }: { viewer: Viewer }) {
  const t = useT();
  return (
    <Card as="section">
      <h2>{t('admin.mine')}</h2>
      <ul className="list">
        {viewer.organizations.map((each) => (
          <li key={each.organization_id}>
            <span className="grow">
              <bdi>{each.name}</bdi> <span className="muted small">{each.slug}</span>
            </span>
            {each.is_current && <Badge tone="success">{t('admin.current')}</Badge>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Present({ organization }: { organization: string }) {
  const { data, error, refetch } = useOrganizationQuery({ organization }, { refetchOnMountOrArgChange: true });
  if (!data) return error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />;
  return <Form key={data.version} tenant={data} onReload={() => void refetch()} />;
}

function Form({ tenant, onReload }: { tenant: OrganizationView; onReload: () => void }) {
  const t = useT();
  const [name, setName] = useState(tenant.name);
  const [allows, setAllows] = useState(tenant.allows_sign_up);
  const [brand, setBrand] = useState<Brand>(tenant.branding);
  const [update, { isLoading, error }] = useUpdateOrganizationMutation();
  const problem = asProblem(error);
  const isBrandRefused = problem?.code === 'organizations.branding_refused';
  const isUnread = Object.entries(brand).some(([theme, colours]) => meetings(theme as Theme, colours).some((pair) => !pair.isRead));
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const branding = Object.fromEntries(Object.entries(brand).filter(([, colours]) => Object.keys(colours).length > 0));
    const answer = await update({ organization: tenant.organization_id, 'If-Match': versionTag(tenant.version), organizationChange: { name: name.trim(), allows_sign_up: allows, branding } });
    if (answer.data) toast(t('admin.saved'));
  };
  return (
    <Card as="section" className="stack">
      <h2>
        <bdi>{tenant.name}</bdi>
      </h2>
      <form className="form" onSubmit={(event) => void save(event)}>
        {problem?.status === 412 ? (
          <Banner tone="warning" action={<Button onClick={onReload}>{t('admin.load')}</Button>}>
            {t('admin.changed')}
          </Banner>
        ) : (
          !isBrandRefused && <ProblemBanner problem={problem} />
        )}
        <TextField label={t('admin.org-name')} required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
        <Switch label={t('admin.sign-up')} hint={t('admin.sign-up-hint')} checked={allows} onChange={setAllows} />
        <Branding brand={brand} refusal={isBrandRefused ? problem : undefined} onChange={setBrand} />
        {isBrandRefused && <Banner tone="danger">{problem?.detail}</Banner>}
        <div className="row end">
          {isUnread && <span className="muted small">{t('admin.brand.first')}</span>}
          <Button kind="primary" type="submit" busy={isLoading} disabled={name.trim() === ''}>
            {t('admin.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
