-- A job goes on in the trace of whoever queued it: `defer` takes a traceparent. Processes of the release before call it
-- without one until they are replaced.
set local search_path = jobs;

create function defer(
  id uuid, type text, queue text, arguments text, lock text, at timestamptz, max_attempts integer, traceparent text
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
    queue, type, -(ahead / 4), lock, null,
    jsonb_strip_nulls(jsonb_build_object('id', id, 'traceparent', traceparent)) || jsonb_build_object('job', body), at
  )::procrastinate_job_to_defer_v1]))[1];
  insert into runs (id, job_id, service, type, queue, max_attempts, organization_id)
  values (id, queued, owner_service, type, queue, max_attempts, tenant);
  return id;
end $$;
comment on function defer(uuid, text, text, text, text, timestamptz, integer, text)
  is 'Queue a job within the transaction of whoever calls, in the trace of their work; tx.enqueue does.';

create or replace function defer(
  id uuid, type text, queue text, arguments text, lock text, at timestamptz, max_attempts integer
) returns uuid
language sql security definer set search_path = jobs, pg_temp as $$
  select jobs.defer(id, type, queue, arguments, lock, at, max_attempts, null)
$$;
comment on function defer(uuid, text, text, text, text, timestamptz, integer)
  is 'As the release before calls it: a job outside of any trace. To be dropped with the next change of this schema.';
