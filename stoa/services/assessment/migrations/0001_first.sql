-- Problem versions, the state of a learner's practice, and every counted submission.
create table assessment.problems (
  organization_id uuid not null,
  problem_id uuid not null,
  digest bytea not null,
  content jsonb not null,
  created_at timestamptz not null,
  primary key (organization_id, problem_id)
);
select kit.organization_table('assessment.problems');

create table assessment.attempts (
  user_id uuid not null,
  organization_id uuid not null,
  block_id uuid not null,
  course_id uuid not null,
  problem_id uuid not null,
  attempts integer not null default 0,
  hints integer not null default 0,
  is_solved boolean not null default false,
  best_points numeric not null default 0,
  response jsonb,
  scored jsonb,
  draft jsonb,
  recent_keys jsonb not null default '{}',
  answered_at timestamptz,
  changed_at timestamptz not null,
  primary key (user_id, organization_id, block_id)
);
select kit.user_table('assessment.attempts');
-- Named after its question: tally_of counts the opinions given in one block.
create index attempts_tally_of on assessment.attempts (organization_id, block_id);

create table assessment.submissions (
  user_id uuid not null,
  organization_id uuid not null,
  block_id uuid not null,
  number integer not null,
  at timestamptz not null,
  course_id uuid not null,
  problem_id uuid not null,
  attempt_key text not null,
  response jsonb not null,
  scored jsonb not null,
  best_points numeric not null,
  primary key (user_id, organization_id, block_id, number, at)
) partition by range (at);
select kit.user_table('assessment.submissions');

create table assessment.submissions_2026 partition of assessment.submissions for values from ('2026-01-01Z') to ('2027-01-01Z');
select kit.user_table('assessment.submissions_2026');
create table assessment.submissions_2027 partition of assessment.submissions for values from ('2027-01-01Z') to ('2028-01-01Z');
select kit.user_table('assessment.submissions_2027');
create table assessment.submissions_rest partition of assessment.submissions default;
select kit.user_table('assessment.submissions_rest');
