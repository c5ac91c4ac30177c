-- What the kit puts into every service's schema: the events that leave, that arrived, and that could not be handled.
create table "{service}".outbox (
  seq bigint generated always as identity primary key,
  id uuid not null,
  type text not null,
  key text not null,
  bucket smallint not null,
  organization_id uuid not null,
  envelope text not null,
  at timestamptz not null,
  published_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2, fillfactor = 90);
create index outbox_waiting on "{service}".outbox (seq) where published_at is null;
select kit.local_table('"{service}".outbox');

create table "{service}".inbox (
  consumer text not null,
  event_id uuid not null,
  at timestamptz not null default now(),
  primary key (event_id, consumer)
);
select kit.local_table('"{service}".inbox');

create table "{service}".dead_letters (
  consumer text not null,
  event_id uuid not null,
  type text not null,
  key text not null,
  organization_id uuid not null,
  envelope text not null,
  attempts integer not null,
  error text not null,
  at timestamptz not null,
  redrive_at timestamptz,
  primary key (consumer, event_id)
);
create index dead_letters_to_redrive on "{service}".dead_letters (redrive_at) where redrive_at is not null;
select kit.local_table('"{service}".dead_letters');

grant select, insert, update, delete on kit.relays to "stoa_{service}";
grant select, update on kit.relay_buckets to "stoa_{service}";
grant usage on schema "{service}" to stoa_relay;
grant select, update, delete on "{service}".outbox to stoa_relay;
grant select, delete on "{service}".inbox to stoa_relay;
grant select on "{service}".dead_letters to stoa_relay;

insert into kit.relay_buckets (service, bucket) select '{service}', generate_series(0, 63) on conflict do nothing;
