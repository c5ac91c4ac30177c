-- The look-up from an address to its account: exempt from the organization's wall, because at login none is known yet.
create table identity.logins (
    email_key text primary key,
    email text not null,
    user_id uuid not null,
    organization_id uuid not null,
    verified_at timestamptz,
    closed_at timestamptz,
    created_at timestamptz not null
);
create index logins_user on identity.logins (user_id);
select kit.local_table('identity.logins');

create table identity.accounts (
    user_id uuid primary key,
    organization_id uuid not null,
    display_name text not null,
    locale text not null,
    password_hash text,
    session_version int not null default 1,
    created_at timestamptz not null
);
select kit.user_table('identity.accounts');

create table identity.sessions (
    user_id uuid not null,
    session_id uuid not null,
    organization_id uuid not null,
    acting_organization_id uuid not null,
    session_version int not null,
    counter int not null default 0,
    rotated_at timestamptz not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    device text not null default '',
    primary key (user_id, session_id)
);
select kit.user_table('identity.sessions');

create table identity.links (
    user_id uuid not null,
    link_id uuid not null,
    organization_id uuid not null,
    purpose text not null,
    email text not null,
    session_version int not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (user_id, link_id)
);
select kit.user_table('identity.links');

create table identity.login_failures (
    bucket bytea primary key,
    failures int not null,
    failed_at timestamptz not null
);
select kit.local_table('identity.login_failures');

create table identity.signing_keys (
    kid text primary key,
    sealed bytea not null
);
select kit.reference_table('identity.signing_keys');
