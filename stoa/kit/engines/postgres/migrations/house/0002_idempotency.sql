-- The answers of writes that carried an Idempotency-Key, for a day; `slot` is a digest of whose key it is.
create table "{service}".idempotency_keys (
  slot bytea primary key,
  fingerprint bytea not null,
  fence uuid not null,
  at timestamptz not null,
  status smallint,
  headers jsonb,
  body bytea
);
create index idempotency_keys_by_age on "{service}".idempotency_keys (at);
select kit.local_table('"{service}".idempotency_keys');
