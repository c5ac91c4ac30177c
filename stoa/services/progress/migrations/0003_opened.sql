-- Since when a block that takes time is open to a learner: nobody is faster than the clock.
create table progress.opened (
    user_id uuid not null,
    course_id uuid not null,
    block_id uuid not null,
    organization_id uuid not null,
    opened_at timestamptz not null,
    primary key (user_id, course_id, block_id)
);
select kit.user_table('progress.opened');
