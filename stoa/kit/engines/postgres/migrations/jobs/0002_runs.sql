-- What Stoa knows of a job beside its place in the queue, and the functions by which services reach it.
set local search_path = jobs;

create table runs (
  id uuid primary key,
  job_id bigint unique references procrastinate_jobs (id) on delete set null,
  service text not null,
  type text not null,
  queue text not null,
  max_attempts integer not null,
  organization_id uuid,
  done bigint not null default 0,
  total bigint,
  note text not null default '',
  error text not null default '',
  queued_at timestamptz not null default now(),
  finished_at timestamptz,
  outcome text check (outcome in ('succeeded', 'failed', 'cancelled'))
);
create index runs_waiting on runs (organization_id, queue) where finished_at is null;
create index runs_dead on runs (finished_at desc) where outcome = 'failed';
create index runs_over on runs (finished_at) where finished_at is not null;

select kit.local_table('jobs.runs');
select kit.local_table('jobs.procrastinate_jobs');
select kit.local_table('jobs.procrastinate_workers');
select kit.local_table('jobs.procrastinate_events');
select kit.local_table('jobs.procrastinate_periodic_defers');

-- Services have no right to the tables, only to the functions below.
grant usage on schema jobs to public;

create function defer(
  id uuid, type text, queue text, arguments text, lock text, at timestamptz, max_attempts integer
) returns uuid
language plpgsql security definer set search_path = jobs, pg_temp as $$
#variable_conflict use_variable
declare
  body jsonb := arguments::jsonb;
  owner_service text := split_part(type, '.', 1);
  acting text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  tenant uuid := (body ->> 'organization_id')::uuid;
  ahead integer := 0;
  queued bigint;
begin
  -- Jobs are a service's own; asking another to work is done through its port or an event.
  if acting <> 'stoa_' || owner_service and exists (
    select from pg_namespace n where n.nspname <> 'jobs' and 'stoa_' || n.nspname = acting
  ) then
    raise insufficient_privilege using message = format('%s may not queue jobs of %s', acting, owner_service);
  end if;
  -- Who has many jobs waiting stands behind who has few: a tenant's bulk import does not hold up the others' mail.
  if tenant is not null and lock is null then
    select count(*) into ahead from (
      select from runs r where r.organization_id = tenant and r.queue = queue and r.finished_at is null limit 200
    ) waiting;
  end if;
  queued := (procrastinate_defer_jobs_v1(array[row(
    queue, type, -(ahead / 4), lock, null, jsonb_build_object('id', id, 'job', body), at
  )::procrastinate_job_to_defer_v1]))[1];
  insert into runs (id, job_id, service, type, queue, max_attempts, organization_id)
  values (id, queued, owner_service, type, queue, max_attempts, tenant);
  return id;
end $$;
comment on function defer is 'Queue a job within the transaction of whoever calls; tx.enqueue does.';

create function state_of(wanted uuid) returns table (
  id uuid, type text, queue text, status text, attempts integer, done bigint, total bigint, note text, error text,
  queued_at timestamptz, finished_at timestamptz
)
language sql stable security definer set search_path = jobs, pg_temp as $$
  select r.id, r.type, r.queue,
    -- A run is over when the queue says so; its outcome is written a moment before.
    case j.status when 'doing' then 'running' when 'todo' then 'queued' when 'succeeded' then 'succeeded'
      when 'failed' then 'failed' else coalesce(r.outcome, 'cancelled') end,
    coalesce(j.attempts, 0), r.done, r.total, r.note, r.error, r.queued_at, r.finished_at
  from runs r left join procrastinate_jobs j on j.id = r.job_id where r.id = wanted
$$;
comment on function state_of is 'How far one job is; no row for one that never was or has been cleared away.';

create function dead(wanted_service text, most integer) returns setof uuid
language sql stable security definer set search_path = jobs, pg_temp as $$
  select r.id from runs r join procrastinate_jobs j on j.id = r.job_id and j.status = 'failed'
  where r.outcome = 'failed' and (wanted_service is null or r.service = wanted_service)
  order by r.finished_at desc limit most
$$;
comment on function dead is 'The jobs that failed for good, newest first.';

create function cancel(wanted uuid) returns boolean
language plpgsql security definer set search_path = jobs, pg_temp as $$
declare
  queued bigint := (select r.job_id from runs r where r.id = wanted);
begin
  if procrastinate_cancel_job_v1(queued, true, false) is null then
    return false;
  end if;
  update runs r set outcome = 'cancelled', finished_at = now()
  from procrastinate_jobs j where r.id = wanted and j.id = r.job_id and j.status = 'cancelled';
  return true;
end $$;
comment on function cancel is 'Take a waiting job off its queue or ask a running one to stop; false where neither is so.';

create function wake(queued bigint) returns void
language sql set search_path = jobs, pg_temp as $$
  -- procrastinate tells its workers of new rows only, not of those that become due again.
  select pg_notify(
    'procrastinate_queue_v1#' || j.queue_name, json_build_object('type', 'job_inserted', 'job_id', j.id)::text
  ) from procrastinate_jobs j where j.id = queued
$$;
comment on function wake is 'Tell the workers of a queue that a job of theirs is due.';

create function redrive(wanted uuid) returns boolean
language plpgsql security definer set search_path = jobs, pg_temp as $$
declare
  queued bigint;
begin
  select j.id into queued from procrastinate_jobs j join runs r on r.job_id = j.id
  where r.id = wanted and j.status = 'failed' for update of j;
  if queued is null then
    return false;
  end if;
  update runs r set outcome = null, finished_at = null, done = 0, total = null, note = '' where r.id = wanted;
  perform procrastinate_retry_job_v2(queued, now(), null, null, null);
  update procrastinate_jobs j set attempts = 0 where j.id = queued;
  perform wake(queued);
  return true;
end $$;
comment on function redrive is 'Put a job that failed for good back on its queue, its attempts counted anew.';

create function take_over(silent interval) returns integer
language plpgsql set search_path = jobs, pg_temp as $$
declare
  left_behind record;
  taken integer := 0;
begin
  for left_behind in
    select j.id, j.attempts, j.abort_requested, r.outcome, coalesce(r.max_attempts, 3) as max_attempts
    from procrastinate_jobs j
    left join procrastinate_workers w on w.id = j.worker_id
    left join runs r on r.job_id = j.id
    where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - silent)
    for update of j skip locked
  loop
    taken := taken + 1;
    if left_behind.outcome is not null then
      perform procrastinate_finish_job_v1(left_behind.id, (case left_behind.outcome
        when 'cancelled' then 'aborted' else left_behind.outcome end)::procrastinate_job_status, false);
    elsif left_behind.abort_requested then
      perform procrastinate_finish_job_v1(left_behind.id, 'aborted', false);
      update runs r set outcome = 'cancelled', finished_at = now() where r.job_id = left_behind.id;
    elsif left_behind.attempts + 1 >= left_behind.max_attempts then
      perform procrastinate_finish_job_v1(left_behind.id, 'failed', false);
      update runs r set outcome = 'failed', finished_at = now(), error = 'The process that worked on it died each time.'
      where r.job_id = left_behind.id;
    else
      perform procrastinate_retry_job_v2(left_behind.id, now(), null, null, null);
      perform wake(left_behind.id);
    end if;
  end loop;
  return taken;
end $$;
comment on function take_over is 'Put the jobs of workers that have been silent back on their queues.';

create function sweep(keep interval, keep_failed interval, most integer) returns integer
language plpgsql set search_path = jobs, pg_temp as $$
declare
  swept integer;
begin
  with over as (
    delete from runs r where r.id in (
      select o.id from runs o
      where o.finished_at < now() - (case o.outcome when 'failed' then keep_failed else keep end)
      order by o.finished_at limit most
    ) returning r.job_id
  )
  delete from procrastinate_jobs j using over where j.id = over.job_id;
  get diagnostics swept = row_count;
  delete from procrastinate_workers w where w.last_heartbeat < now() - interval '1 day';
  return swept;
end $$;
comment on function sweep is 'Forget jobs that were over long ago, and workers that are no more.';
