-- Where a course is at home, for commands that know only its id or slug.

create table courses.directory (
    course_id uuid primary key,
    organization_id uuid not null,
    slug text not null
);
create index directory_by_slug on courses.directory (slug);
select kit.local_table('courses.directory');
