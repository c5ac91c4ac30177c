-- The sessions that were logged out of within the last day: a join token that came of one is not renewed.
create table live.ended_sessions (
    organization_id uuid not null,
    session_id uuid not null,
    ended_at timestamptz not null,
    primary key (organization_id, session_id)
);
select kit.organization_table('live.ended_sessions');
