-- What somebody was told, once for each event; what a later one has replaced stays, so that no event is told twice.
create table notifications.notes (
    user_id uuid not null,
    notification_id uuid not null,
    organization_id uuid not null,
    event_id uuid not null,
    kind text not null,
    category text not null,
    parameters jsonb not null,
    collapse_key text not null default '',
    times int not null default 1,
    is_replaced boolean not null default false,
    occurred_at timestamptz not null,
    told_at timestamptz not null,
    read_at timestamptz,
    primary key (user_id, notification_id)
);
create unique index notes_event on notifications.notes (user_id, organization_id, event_id);
create index notes_list on notifications.notes (user_id, organization_id, notification_id desc) where not is_replaced;
create index notes_unread on notifications.notes (user_id, organization_id, notification_id)
    where read_at is null and not is_replaced;
create index notes_collapse on notifications.notes (user_id, organization_id, collapse_key)
    where collapse_key <> '' and not is_replaced;
create index notes_by_age on notifications.notes (organization_id, told_at);
select kit.user_table('notifications.notes');

-- One row a person: who changes what they have read holds it, and its revision says which count is the later one.
create table notifications.inboxes (
    user_id uuid not null,
    organization_id uuid not null,
    revision bigint not null default 0,
    primary key (user_id, organization_id)
);
select kit.user_table('notifications.inboxes');

create table notifications.preferences (
    user_id uuid not null,
    organization_id uuid not null,
    muted text[] not null,
    version int not null default 1,
    primary key (user_id, organization_id)
);
select kit.user_table('notifications.preferences');

-- Messages to all learners of a course: they wait a moment for what undoes them, then who comes after `after_user` is
-- still to be told.
create table notifications.rounds (
    organization_id uuid not null,
    event_id uuid not null,
    course_id uuid not null,
    kind text not null,
    parameters jsonb not null,
    collapse_key text not null,
    series text not null,
    times int not null,
    subject text not null,
    spared uuid[] not null,
    occurred_at timestamptz not null,
    after_user uuid,
    told int not null default 0,
    state text not null default 'waiting',
    version int not null default 1,
    started_at timestamptz not null,
    primary key (organization_id, event_id)
);
create index rounds_subject on notifications.rounds (organization_id, subject, started_at desc);
create index rounds_series on notifications.rounds (organization_id, series) where state = 'waiting' and series <> '';
create index rounds_by_age on notifications.rounds (organization_id, started_at);
select kit.organization_table('notifications.rounds');

-- What was last told of a class, so that only what is news to its learners is told.
create table notifications.classes (
    organization_id uuid not null,
    class_id uuid not null,
    title text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    sequence int not null,
    primary key (organization_id, class_id)
);
create index classes_by_end on notifications.classes (organization_id, ends_at);
select kit.organization_table('notifications.classes');

-- Where the sweep has to look, over all organizations.
create table notifications.holders (
    organization_id uuid primary key
);
select kit.local_table('notifications.holders');
