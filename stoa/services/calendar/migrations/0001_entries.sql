-- What happens when. A row with a rule is a series; one with `occurs_at` replaces that occurrence of its series.
create table calendar.entries (
    organization_id uuid not null,
    entry_id uuid not null,
    source text not null,
    course_id uuid,
    title text not null,
    description text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    time_zone text not null,
    rrule text not null default '',
    series_id uuid,
    occurs_at timestamptz,
    sequence int not null,
    is_hidden boolean not null default false,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    cancelled_at timestamptz,
    primary key (organization_id, entry_id)
);
create unique index entries_occurrence on calendar.entries (organization_id, series_id, occurs_at)
    where occurs_at is not null;
create index entries_course on calendar.entries (organization_id, course_id, ends_at);
create index entries_series on calendar.entries (organization_id, course_id) where rrule <> '';
select kit.organization_table('calendar.entries');

create table calendar.hosts (
    organization_id uuid not null,
    user_id uuid not null,
    entry_id uuid not null,
    primary key (organization_id, user_id, entry_id)
);
create index hosts_entry on calendar.hosts (organization_id, entry_id);
select kit.organization_table('calendar.hosts');

-- The secret addresses of feeds, by the hash of their token: whoever fetches one has said neither who nor where they are.
create table calendar.feeds (
    token_hash bytea primary key,
    user_id uuid not null,
    organization_id uuid not null,
    made_at timestamptz not null,
    fetched_on date,
    unique (user_id, organization_id)
);
select kit.local_table('calendar.feeds');
