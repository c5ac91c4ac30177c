-- When the learners of a course last heard that it was published, or when it was first: that is no news to them.
create table notifications.courses (
    organization_id uuid not null,
    course_id uuid not null,
    told_at timestamptz not null,
    primary key (organization_id, course_id)
);
select kit.organization_table('notifications.courses');
