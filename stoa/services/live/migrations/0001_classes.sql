-- Where a class is at home, for those who know only its id or its code; and when it is to be looked at again.
create table live.doors (
    class_id uuid primary key,
    organization_id uuid not null,
    code text unique,
    look_at timestamptz
);
create index doors_by_look on live.doors (look_at) where look_at is not null;
select kit.local_table('live.doors');

create table live.classes (
    organization_id uuid not null,
    class_id uuid not null,
    course_id uuid,
    series_id uuid,
    occurs_at timestamptz,
    title text not null,
    description text not null default '',
    state text not null default 'scheduled',
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    time_zone text not null,
    host_id uuid not null,
    cohost_ids uuid[] not null default '{}',
    settings jsonb not null,
    code text,
    sequence int not null default 0,
    version int not null default 1,
    session_no int not null default 0,
    opened_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    slow_mode_s int not null default 0,
    slide text,
    spotlight uuid,
    acting_host uuid,
    created_by uuid not null,
    changed_at timestamptz not null,
    primary key (organization_id, class_id)
);
create index classes_by_start on live.classes (organization_id, starts_at, class_id);
create index classes_by_course on live.classes (organization_id, course_id, starts_at, class_id);
create index classes_by_series on live.classes (organization_id, series_id, starts_at) where series_id is not null;
select kit.organization_table('live.classes');

create table live.history (
    organization_id uuid not null,
    class_id uuid not null,
    entry_id uuid not null,
    from_state text,
    to_state text not null,
    move text not null,
    session_no int not null,
    actor uuid,
    reason text not null default '',
    at timestamptz not null,
    primary key (organization_id, class_id, entry_id)
);
select kit.organization_table('live.history');

-- One session is one start of the room: restarting it keeps all that was said and counts from a new start.
create table live.sessions (
    organization_id uuid not null,
    class_id uuid not null,
    session_no int not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    primary key (organization_id, class_id, session_no)
);
select kit.organization_table('live.sessions');

-- What an organization allows guests, and for how long it keeps what was said.
create table live.policies (
    organization_id uuid not null primary key,
    guests_allowed boolean not null default true,
    guest_min_age int not null default 0,
    guest_terms text not null default '',
    keep_days int,
    version int not null default 1
);
select kit.organization_table('live.policies');

create table live.participants (
    organization_id uuid not null,
    class_id uuid not null,
    participant_id uuid not null,
    user_id uuid,
    name text not null,
    name_key text not null,
    role text not null,
    family uuid not null,
    joined_at timestamptz not null,
    seen_at timestamptz,
    muted_until timestamptz,
    removed_at timestamptz,
    consented_at timestamptz,
    address_key bytea,
    primary key (organization_id, class_id, participant_id)
);
create unique index participants_user on live.participants (organization_id, class_id, user_id) where user_id is not null;
create index participants_name on live.participants (organization_id, class_id, name_key, participant_id);
create index participants_removed on live.participants (organization_id, class_id, address_key, removed_at)
    where removed_at is not null;
select kit.organization_table('live.participants');

-- Connected intervals by the server's clock, one row for as long as a device stays.
create table live.visits (
    organization_id uuid not null,
    class_id uuid not null,
    participant_id uuid not null,
    device_id uuid not null,
    since timestamptz not null,
    until timestamptz not null,
    is_over boolean not null default false,
    primary key (organization_id, class_id, participant_id, device_id, since)
) with (fillfactor = 70);
select kit.organization_table('live.visits');

create table live.attendance_marks (
    organization_id uuid not null,
    class_id uuid not null,
    mark_id uuid not null,
    participant_id uuid,
    user_id uuid,
    mark text not null,
    reason text not null,
    actor uuid not null,
    at timestamptz not null,
    primary key (organization_id, class_id, mark_id)
);
select kit.organization_table('live.attendance_marks');

create table live.viewings (
    organization_id uuid not null,
    class_id uuid not null,
    user_id uuid not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    times int not null default 1,
    primary key (organization_id, class_id, user_id)
);
select kit.organization_table('live.viewings');
