-- Sessions that ended lately, over all tenants: what a process reads when it starts. The nil session stands for all.
create table identity.revocations (
    user_id uuid not null,
    session_id uuid not null,
    session_version int not null,
    revoked_at timestamptz not null,
    primary key (user_id, session_id)
);
create index revocations_at on identity.revocations (revoked_at);
select kit.local_table('identity.revocations');
