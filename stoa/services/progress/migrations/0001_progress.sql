create table progress.completions (
    user_id uuid not null,
    course_id uuid not null,
    block_id uuid not null,
    organization_id uuid not null,
    first_completed_at timestamptz not null,
    primary key (user_id, course_id, block_id)
);
select kit.user_table('progress.completions');

create table progress.scores (
    user_id uuid not null,
    course_id uuid not null,
    block_id uuid not null,
    organization_id uuid not null,
    points numeric not null,
    possible numeric not null,
    attempts int not null,
    answered_at timestamptz not null,
    primary key (user_id, course_id, block_id)
);
select kit.user_table('progress.scores');

create table progress.watched (
    user_id uuid not null,
    course_id uuid not null,
    block_id uuid not null,
    organization_id uuid not null,
    intervals jsonb not null,
    duration_s double precision not null,
    position_s double precision not null default 0,
    updated_at timestamptz not null,
    primary key (user_id, course_id, block_id)
);
select kit.user_table('progress.watched');

-- One row a learner and course: what lists show, and where to go on.
create table progress.journeys (
    user_id uuid not null,
    course_id uuid not null,
    organization_id uuid not null,
    percent int not null default 0,
    completed int not null default 0,
    required int not null default 0,
    points numeric not null default 0,
    possible numeric not null default 0,
    resume_unit uuid,
    resume_block uuid,
    resume_at timestamptz,
    completed_at timestamptz,
    active_at timestamptz not null,
    primary key (user_id, course_id)
);
create index journeys_course on progress.journeys (organization_id, course_id, user_id);
select kit.user_table('progress.journeys');
