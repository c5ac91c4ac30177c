-- The same facts for rivals that map objects to rows: a course, a seat, a unit with its blocks, what was done.
drop schema if exists rival cascade;
create schema rival;
create table rival.member (user_id uuid primary key, role text not null);
create table rival.course (id uuid primary key, slug text not null unique, title text not null, state text not null);
create table rival.seat (id bigserial primary key, course_id uuid not null references rival.course, user_id uuid not null, state text not null, unique (course_id, user_id));
create table rival.unit (id uuid primary key, course_id uuid not null references rival.course, title text not null, section text not null, subsection text not null);
create table rival.block (id uuid primary key, unit_id uuid not null references rival.unit, position int not null, title text not null, kind text not null, content jsonb not null);
create index on rival.block (unit_id, position);
create table rival.completion (id bigserial primary key, user_id uuid not null, course_id uuid not null references rival.course, block_id uuid not null, completed_at timestamptz not null, unique (user_id, course_id, block_id));
create table rival.journey (id bigserial primary key, user_id uuid not null, course_id uuid not null references rival.course, percent int not null default 0, completed int not null default 0, required int not null default 0, resume_unit uuid, active_at timestamptz not null, unique (user_id, course_id));
