-- Media: files by their hash, uploads on their way in, captions with their history.

create table media.assets (
    organization_id uuid not null,
    asset_id uuid not null,
    sha256 text not null,
    is_private boolean not null,
    name text not null,
    content_type text not null,
    size bigint not null,
    alt text not null,
    language text not null,
    licence text not null,
    note text not null default '',
    duration_s double precision,
    width integer,
    height integer,
    poster_sha256 text,
    profile text not null default '',
    renditions jsonb not null default '[]',
    version bigint not null default 1,
    created_by uuid,
    created_at timestamptz not null,
    primary key (organization_id, asset_id),
    unique (organization_id, sha256, is_private)
);
select kit.organization_table('media.assets');

create table media.captions (
    organization_id uuid not null,
    asset_id uuid not null,
    language text not null,
    version integer not null,
    label text not null,
    body text not null,
    sha256 text not null,
    created_by uuid,
    created_at timestamptz not null,
    primary key (organization_id, asset_id, language, version)
);
select kit.organization_table('media.captions');

create table media.uploads (
    organization_id uuid not null,
    upload_id uuid not null,
    state text not null,
    reason text not null default '',
    name text not null,
    claimed_type text not null,
    alt text not null,
    language text not null,
    licence text not null,
    is_private boolean not null,
    length bigint not null,
    received bigint not null default 0,
    asset_id uuid,
    created_by uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (organization_id, upload_id)
);
select kit.organization_table('media.uploads');

create table media.parts (
    organization_id uuid not null,
    upload_id uuid not null,
    start bigint not null,
    size bigint not null,
    blob_key text not null,
    primary key (organization_id, upload_id, start)
);
select kit.organization_table('media.parts');

-- Which uploads to give up, over all organizations.
create table media.waiting (
    upload_id uuid primary key,
    organization_id uuid not null,
    expires_at timestamptz not null
);
create index waiting_by_expiry on media.waiting (expires_at);
select kit.local_table('media.waiting');
