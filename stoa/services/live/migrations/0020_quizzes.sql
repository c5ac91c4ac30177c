-- Questions that were prepared together: each is a poll, in its place, and may close by the clock. What is said of the
-- quiz itself (its title, its version) stands with each of its polls.
alter table live.polls
    add column quiz_id uuid,
    add column quiz_title text not null default '',
    add column quiz_version int not null default 0,
    add column place smallint not null default 0,
    add column seconds int,
    add column closes_at timestamptz;
create index polls_of_quiz on live.polls (organization_id, class_id, quiz_id, place) where quiz_id is not null;
alter table live.questions add column replies int not null default 0;
