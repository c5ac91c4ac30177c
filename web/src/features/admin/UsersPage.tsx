import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';

import { useMembersQuery, type MemberView } from '@lib/api/organizations';
import { useViewerQuery } from '@lib/api/viewer';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { DataTable, type Column } from '@ui/DataTable';
import { Disclosure } from '@ui/Disclosure';
import { EmptyState } from '@ui/EmptyState';
import { ErrorState } from '@ui/ErrorState';
import { Pagination } from '@ui/Pagination';
import { SearchBox } from '@ui/SearchBox';
import { Select } from '@ui/Select';
import { SkeletonLines } from '@ui/Skeleton';
import { useKeysetPages } from '@ui/useKeysetPages';

import { AdminFrame } from './AdminFrame';
import { ROLES } from './roles';
import { AddDialog } from './users/AddDialog';
import { Explain } from './users/Explain';
import { MemberDialog } from './users/MemberDialog';

const A_PAGE = 50;

export default function UsersPage() {
  const t = useT();
  const { data: viewer } = useViewerQuery();
  const [adding, setAdding] = useState(false);
  return (
    <AdminFrame
      title={t('admin.users.title')}
      lead={t('admin.users.lead')}
      actions={
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          {t('admin.add')}
        </Button>
      }
    >
      {viewer ? <Members organization={viewer.organization} /> : <SkeletonLines lines={8} />}
      {adding && viewer && <AddDialog organization={viewer.organization} onClose={() => setAdding(false)} />}
    </AdminFrame>
  );
}

function Members({ organization }: { organization: string }) {
  const t = useT();
  const format = useFormats();
  const navigate = useNavigate();
  const { q } = useSearch({ strict: false });
  const [role, setRole] = useState('');
  const [chosen, setChosen] = useState<string>();
  const pages = useKeysetPages(`${q ?? ''}/${role}`);
  const { currentData, data, error, isFetching, refetch } = useMembersQuery({ organization, q, role: role || undefined, cursor: pages.cursor, limit: A_PAGE }, { refetchOnMountOrArgChange: true });
  const search = useCallback((words: string) => void navigate({ to: '/admin/users', search: { q: words.trim() || undefined }, replace: true, resetScroll: false }), [navigate]);
  const shown = currentData ?? (error ? undefined : data);
  const member = shown?.items.find((each) => each.user_id === chosen);
  const columns: Column<MemberView>[] = [
    {
      id: 'name',
      head: t('admin.col.name'),
      rowHead: true,
      cell: (each) => (
        <button type="button" className="btn btn-quiet" onClick={() => setChosen(each.user_id)}>
          <bdi>{each.display_name || each.email}</bdi>
        </button>
      ),
    },
    {
      id: 'email',
      head: t('admin.col.email'),
      cell: (each) => (
        <>
          <bdi>{each.email}</bdi> {!each.is_verified && <Badge tone="warning">{t('admin.unverified')}</Badge>}
        </>
      ),
    },
    {
      id: 'roles',
      head: t('admin.col.roles'),
      cell: (each) => (
        <span className="roles">
          {each.roles.map((held) => (
            <Badge key={held.grant_id} tone={held.role === 'owner' || held.role === 'admin' ? 'info' : 'neutral'}>
              {t(`admin.role.${held.role}`)}
              {held.scope === 'course' && ` · ${t('admin.in-a-course')}`}
            </Badge>
          ))}
        </span>
      ),
    },
    { id: 'joined', head: t('admin.col.joined'), cell: (each) => format.date(each.joined_at) },
  ];
  return (
    <>
      <div className="row searching">
        <div className="grow">
          <SearchBox label={t('admin.search')} value={q ?? ''} onSearch={search} />
        </div>
        <Select label={t('admin.col.roles')} placeholder={t('admin.any-role')} options={ROLES.map((value) => ({ value, label: t(`admin.role.${value}`) }))} value={role} onChange={(event) => setRole(event.target.value)} />
      </div>
      {!shown && (error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />)}
      {shown && (
        <DataTable
          caption={t('admin.users.title')}
          columns={columns}
          rows={shown.items}
          keyOf={(each) => each.user_id}
          empty={
            <EmptyState icon="search" title={q ? t('admin.nobody-for', { words: q }) : t('admin.nobody')}>
              {t('admin.nobody-line')}
            </EmptyState>
          }
        />
      )}
      <Pagination hasPrevious={pages.hasPrevious} hasNext={Boolean(shown?.next)} busy={isFetching} onPrevious={pages.previous} onNext={() => shown?.next && pages.next(shown.next)} />
      {shown && shown.items.length > 0 && (
        <Disclosure summary={t('admin.explain.title')}>
          <Explain organization={organization} members={shown.items} />
        </Disclosure>
      )}
      {member && <MemberDialog organization={organization} member={member} onClose={() => setChosen(undefined)} />}
    </>
  );
}
