-- The lossless lane: its epoch, its sequence and all that was published in it; the offset on the wire is `position`.
create table live.lanes (
    organization_id uuid not null,
    class_id uuid not null,
    epoch text not null,
    position bigint not null default 0,
    primary key (organization_id, class_id)
) with (fillfactor = 50);
select kit.organization_table('live.lanes');

create table live.publications (
    organization_id uuid not null,
    class_id uuid not null,
    position bigint not null,
    at timestamptz not null,
    kind text not null,
    body bytea not null,
    message_seq bigint,
    primary key (organization_id, class_id, position)
);
create index publications_by_message on live.publications (organization_id, class_id, message_seq)
    where message_seq is not null;
select kit.organization_table('live.publications');

-- The chat of a room or of one of its groups (room_id is the class or the group): the row that numbers its messages,
-- and that says up to where they were shown, so that one sample is taken however many processes take messages.
create table live.chats (
    organization_id uuid not null,
    class_id uuid not null,
    room_id uuid not null,
    last_seq bigint not null default 0,
    shown_seq bigint not null default 0,
    shown_at timestamptz,
    recent jsonb not null default '[]',
    is_open boolean not null default false,
    auto_slow_s int not null default 0,
    calm_since timestamptz,
    told_people int not null default 0,
    told_people_at timestamptz,
    primary key (organization_id, class_id, room_id)
) with (fillfactor = 50);
select kit.organization_table('live.chats');

create table live.messages (
    organization_id uuid not null,
    class_id uuid not null,
    room_id uuid not null,
    seq bigint not null,
    kind text not null default 'message',
    participant_id uuid not null,
    name text not null,
    role text not null,
    body text not null,
    reply_to bigint,
    question_id uuid,
    client_msg_id uuid not null,
    at timestamptz not null,
    is_shown boolean not null default false,
    held_because text,
    removed_at timestamptz,
    removed_by uuid,
    primary key (organization_id, class_id, room_id, seq)
);
create unique index messages_once on live.messages (organization_id, class_id, participant_id, client_msg_id);
create index messages_shown on live.messages (organization_id, class_id, room_id, seq)
    where is_shown and question_id is null;
create index messages_held on live.messages (organization_id, class_id, seq) where held_because is not null;
create index messages_thread on live.messages (organization_id, class_id, question_id, seq)
    where question_id is not null;
create index messages_by_time on live.messages (organization_id, class_id, at, seq);
select kit.organization_table('live.messages');

create table live.moderation (
    organization_id uuid not null,
    class_id uuid not null,
    entry_id uuid not null,
    act text not null,
    actor uuid not null,
    subject uuid,
    message_seq bigint,
    reason text not null default '',
    at timestamptz not null,
    primary key (organization_id, class_id, entry_id)
);
select kit.organization_table('live.moderation');

-- What happened in each minute, for the host's graph.
create table live.minutes (
    organization_id uuid not null,
    class_id uuid not null,
    minute timestamptz not null,
    kind text not null,
    count bigint not null,
    primary key (organization_id, class_id, minute, kind)
) with (fillfactor = 70);
select kit.organization_table('live.minutes');

create table live.polls (
    organization_id uuid not null,
    class_id uuid not null,
    poll_id uuid not null,
    state text not null default 'draft',
    kind text not null,
    question text not null,
    options jsonb not null,
    is_anonymous boolean not null default false,
    pepper bytea,
    results jsonb,
    created_by uuid not null,
    created_at timestamptz not null,
    opened_at timestamptz,
    closed_at timestamptz,
    revealed_at timestamptz,
    primary key (organization_id, class_id, poll_id)
);
select kit.organization_table('live.polls');

-- Of an anonymous poll `voter` is a keyed digest whose key's second half is destroyed with these rows at the close.
create table live.ballots (
    organization_id uuid not null,
    class_id uuid not null,
    poll_id uuid not null,
    voter uuid not null,
    choices smallint[] not null,
    at timestamptz,
    primary key (organization_id, class_id, poll_id, voter)
);
select kit.organization_table('live.ballots');

create table live.questions (
    organization_id uuid not null,
    class_id uuid not null,
    question_id uuid not null,
    participant_id uuid not null,
    name text not null,
    body text not null,
    state text not null default 'open',
    votes int not null default 0,
    asked_at timestamptz not null,
    settled_at timestamptz,
    settled_by uuid,
    answer text not null default '',
    client_msg_id uuid not null,
    primary key (organization_id, class_id, question_id)
) with (fillfactor = 70);
create unique index questions_once on live.questions (organization_id, class_id, participant_id, client_msg_id);
create index questions_by_votes on live.questions (organization_id, class_id, state, votes desc, question_id);
select kit.organization_table('live.questions');

create table live.question_votes (
    organization_id uuid not null,
    class_id uuid not null,
    question_id uuid not null,
    participant_id uuid not null,
    primary key (organization_id, class_id, question_id, participant_id)
);
select kit.organization_table('live.question_votes');

-- A hand's ticket is its place in the queue: numbers of one sequence, drawn without waiting for anybody.
create table live.hands (
    organization_id uuid not null,
    class_id uuid not null,
    ticket bigint generated always as identity,
    participant_id uuid not null,
    name text not null,
    raised_at timestamptz not null,
    called_at timestamptz,
    called_by uuid,
    lowered_at timestamptz,
    lowered_by uuid,
    primary key (organization_id, class_id, ticket)
);
create unique index hands_once on live.hands (organization_id, class_id, participant_id) where lowered_at is null;
create index hands_queue on live.hands (organization_id, class_id, ticket) where lowered_at is null;
select kit.organization_table('live.hands');

create table live.elements (
    organization_id uuid not null,
    class_id uuid not null,
    element_id text not null,
    version bigint not null,
    nonce bigint not null,
    is_deleted boolean not null,
    body bytea not null,
    primary key (organization_id, class_id, element_id)
) with (fillfactor = 70);
select kit.organization_table('live.elements');

create table live.breakouts (
    organization_id uuid not null,
    class_id uuid not null,
    breakout_id uuid not null,
    opened_at timestamptz not null,
    ends_at timestamptz,
    closed_at timestamptz,
    primary key (organization_id, class_id, breakout_id)
);
create unique index breakouts_open on live.breakouts (organization_id, class_id) where closed_at is null;
select kit.organization_table('live.breakouts');

create table live.groups (
    organization_id uuid not null,
    class_id uuid not null,
    breakout_id uuid not null,
    group_id uuid not null,
    number int not null,
    name text not null,
    size int not null default 0,
    primary key (organization_id, class_id, breakout_id, group_id)
);
select kit.organization_table('live.groups');

create table live.group_members (
    organization_id uuid not null,
    class_id uuid not null,
    breakout_id uuid not null,
    participant_id uuid not null,
    group_id uuid not null,
    primary key (organization_id, class_id, breakout_id, participant_id)
);
select kit.organization_table('live.group_members');
