create table enrollment.rules (
    organization_id uuid not null,
    course_id uuid not null,
    capacity int check (capacity >= 0),
    taken int not null default 0,
    next_ticket bigint not null default 1,
    opens_at timestamptz,
    closes_at timestamptz,
    self_enrolment boolean not null default true,
    waitlist boolean not null default true,
    prerequisites uuid[] not null default '{}',
    version int not null default 1,
    primary key (organization_id, course_id)
);
select kit.organization_table('enrollment.rules');

create table enrollment.seats (
    organization_id uuid not null,
    course_id uuid not null,
    user_id uuid not null,
    state text not null,
    ticket bigint,
    since timestamptz not null,
    until timestamptz,
    completed_at timestamptz,
    primary key (organization_id, course_id, user_id)
);
create index seats_user on enrollment.seats (organization_id, user_id, since desc);
create index seats_queue on enrollment.seats (organization_id, course_id, ticket) where state = 'waitlisted';
select kit.organization_table('enrollment.seats');

-- Access is the union of grants: taking one away never takes another's access.
create table enrollment.grants (
    organization_id uuid not null,
    course_id uuid not null,
    user_id uuid not null,
    source text not null,
    granted_at timestamptz not null,
    until timestamptz,
    primary key (organization_id, course_id, user_id, source)
);
select kit.organization_table('enrollment.grants');

create table enrollment.history (
    organization_id uuid not null,
    entry_id uuid not null,
    course_id uuid not null,
    user_id uuid not null,
    from_state text,
    to_state text not null,
    actor uuid,
    reason text not null,
    at timestamptz not null,
    primary key (organization_id, entry_id)
);
create index history_seat on enrollment.history (organization_id, course_id, user_id, at);
select kit.organization_table('enrollment.history');
