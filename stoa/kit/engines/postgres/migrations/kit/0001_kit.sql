-- What every database of the platform has: the functions that declare a table's distribution, and the relays' leases.
create function kit.distribute(target regclass, distribution text, key text, isolated boolean) returns void
language plpgsql as $$
declare
  service text := (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target);
  has_organization boolean := exists (
    select from pg_attribute where attrelid = target and attname = 'organization_id' and not attisdropped);
  stray text;
  owned regclass;
begin
  if key is not null then
    if not exists (select from pg_index where indrelid = target and indisprimary) then
      raise exception '% has no primary key', target using hint = 'start it with ' || key;
    end if;
    select i.indexrelid::regclass::text into stray
      from pg_index i left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = target and i.indisunique and a.attname is distinct from key limit 1;
    if stray is not null then
      raise exception 'the unique index % of % must start with %', stray, target, key
        using hint = 'rows are distributed by that column, so no index can be unique across it';
    end if;
  end if;
  if distribution = 'organization' and not has_organization then
    raise exception '% is distributed by organization and has no organization_id', target;
  end if;
  execute format('comment on table %s is %L', target, 'distribution=' || distribution);
  execute format('grant select, insert, update, delete on %s to %I', target, 'stoa_' || service);
  for owned in
    select d.objid::regclass from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S'
    where d.refobjid = target and d.deptype in ('a', 'i')
  loop
    execute format('grant usage, select on sequence %s to %I', owned, 'stoa_' || service);
  end loop;
  if isolated and has_organization then
    execute format('alter table %s enable row level security, force row level security', target);
    execute format('drop policy if exists organization on %s', target);
    execute format(
      'create policy organization on %s using (organization_id = nullif(current_setting(''stoa.organization'', true), '''')::uuid)',
      target);
  end if;
end $$;
comment on function kit.distribute is 'Comment, key check, grants and row-level security of a table; call one of the four below.';

create function kit.organization_table(target regclass) returns void language sql
  as $$ select kit.distribute(target, 'organization', 'organization_id', true) $$;
comment on function kit.organization_table is 'Rows of one organization, seen by that organization only.';

create function kit.user_table(target regclass, isolated boolean default true) returns void language sql
  as $$ select kit.distribute(target, 'user', 'user_id', isolated) $$;
comment on function kit.user_table is
  'Rows of one person; with an organization_id they are seen in that organization only, unless isolated => false.';

create function kit.reference_table(target regclass) returns void language sql
  as $$ select kit.distribute(target, 'reference', null, false) $$;
comment on function kit.reference_table is 'Small, read by all, copied to every node.';

create function kit.local_table(target regclass) returns void language sql
  as $$ select kit.distribute(target, 'local', null, false) $$;
comment on function kit.local_table is 'Stays on one node: look-ups, outbox, jobs.';

create table kit.relays (
  owner text primary key,
  services text[] not null,
  expires_at timestamptz not null
);
comment on table kit.relays is 'distribution=local';

create table kit.relay_buckets (
  service text not null,
  bucket smallint not null check (bucket between 0 and 63),
  owner text,
  generation integer not null default 0,
  acknowledged bigint not null default -1,
  primary key (service, bucket)
) with (fillfactor = 50);
comment on table kit.relay_buckets is 'distribution=local';

-- A service's login sees its own buckets, the embedded relay all of them.
alter table kit.relay_buckets enable row level security;
create policy own_service on kit.relay_buckets
  using (current_user = 'stoa_relay' or 'stoa_' || service = current_user);
grant select, insert, update, delete on kit.relays to stoa_relay;
grant select, update on kit.relay_buckets to stoa_relay;

create function kit.lease_buckets(me text, mine text[], lease interval)
returns table (service text, bucket smallint, generation integer, acknowledged bigint, fair integer)
language plpgsql as $$
#variable_conflict use_column
begin
  -- One at a time: a claim judges by who is alive, and must see the claims before it.
  perform pg_advisory_xact_lock(1937006964, 1);
  insert into kit.relays (owner, services, expires_at) values (me, mine, clock_timestamp() + lease)
    on conflict (owner) do update set services = excluded.services, expires_at = excluded.expires_at;
  delete from kit.relays where expires_at < clock_timestamp();
  update kit.relay_buckets b set owner = null
    where b.service = any(mine) and b.owner is not null
      and not exists (select from kit.relays r where r.owner = b.owner);
  update kit.relay_buckets b set owner = me
    from (
      select f.service, f.bucket, row_number() over (partition by f.service order by f.bucket) as place
      from kit.relay_buckets f where f.service = any(mine) and f.owner is null) free
    where b.service = free.service and b.bucket = free.bucket
      and free.place <= kit.fair_share(b.service)
        - (select count(*) from kit.relay_buckets h where h.service = b.service and h.owner = me);
  return query
    select b.service, b.bucket, b.generation, b.acknowledged, kit.fair_share(b.service)
    from kit.relay_buckets b where b.owner = me and b.service = any(mine);
end $$;
comment on function kit.lease_buckets is 'Renew a relay''s lease, take what is free up to its fair share, and say what it holds.';

create function kit.fair_share(wanted text) returns integer language sql stable as $$
  select ceil(64.0 / greatest(1, count(*)))::integer from kit.relays where wanted = any(services)
$$;
comment on function kit.fair_share is 'How many of a service''s 64 buckets each living relay should hold.';
