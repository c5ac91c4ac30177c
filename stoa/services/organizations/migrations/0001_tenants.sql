create table organizations.organizations (
    organization_id uuid primary key,
    slug text not null unique,
    name text not null,
    branding jsonb not null default '{}',
    allows_sign_up boolean not null default true,
    version int not null default 1,
    created_at timestamptz not null
);
select kit.reference_table('organizations.organizations');

create table organizations.members (
    organization_id uuid not null,
    user_id uuid not null,
    display_name text not null,
    name_key text not null,
    grants_version int not null default 1,
    joined_at timestamptz not null,
    removed_at timestamptz,
    primary key (organization_id, user_id)
);
create index members_name on organizations.members (organization_id, name_key, user_id);
select kit.organization_table('organizations.members');

create table organizations.grants (
    organization_id uuid not null,
    user_id uuid not null,
    grant_id uuid not null,
    role text not null,
    scope text not null,
    scope_id uuid,
    since timestamptz,
    until timestamptz,
    prohibit boolean not null default false,
    granted_by uuid,
    granted_at timestamptz not null,
    primary key (organization_id, user_id, grant_id)
);
create unique index grants_once on organizations.grants (organization_id, user_id, role, scope, scope_id, prohibit)
    nulls not distinct;
create index grants_scope on organizations.grants (organization_id, scope, scope_id);
select kit.organization_table('organizations.grants');

create table organizations.grant_history (
    organization_id uuid not null,
    entry_id uuid not null,
    user_id uuid not null,
    action text not null,
    role text not null,
    scope text not null,
    scope_id uuid,
    actor uuid,
    at timestamptz not null,
    primary key (organization_id, entry_id)
);
select kit.organization_table('organizations.grant_history');

-- Where somebody belongs, over all tenants: read only by their own id.
create table organizations.memberships (
    user_id uuid not null,
    member_of uuid not null,
    primary key (user_id, member_of)
);
select kit.local_table('organizations.memberships');

create table organizations.operators (
    user_id uuid primary key,
    since timestamptz not null
);
select kit.local_table('organizations.operators');
