-- Courses: drafts that authors edit, immutable objects and manifests that learners read, packages in and out.

create table courses.courses (
    organization_id uuid not null,
    course_id uuid not null,
    key text not null,
    slug text not null,
    fields jsonb not null,
    pages jsonb not null,
    extras jsonb not null,
    state text not null,
    version bigint not null,
    snapshot text,
    published_fields jsonb,
    published_at timestamptz,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (organization_id, course_id),
    unique (organization_id, slug),
    unique (organization_id, key)
);
select kit.organization_table('courses.courses');

create table courses.old_slugs (
    organization_id uuid not null,
    slug text not null,
    course_id uuid not null,
    primary key (organization_id, slug)
);
select kit.organization_table('courses.old_slugs');

create table courses.nodes (
    organization_id uuid not null,
    course_id uuid not null,
    node_id uuid not null,
    key text not null,
    parent uuid,
    position integer not null,
    kind text not null,
    block_kind text,
    title text not null,
    settings jsonb not null,
    content jsonb,
    version bigint not null,
    source_hash text,
    archived_at timestamptz,
    changed_at timestamptz not null,
    changed_by uuid,
    primary key (organization_id, course_id, node_id),
    unique (organization_id, course_id, key)
);
create index nodes_by_parent on courses.nodes (organization_id, course_id, parent, position);
select kit.organization_table('courses.nodes');

create table courses.assets (
    organization_id uuid not null,
    course_id uuid not null,
    name text not null,
    sha256 text not null,
    content_type text not null,
    size bigint not null,
    licence text not null,
    primary key (organization_id, course_id, name)
);
select kit.organization_table('courses.assets');

create table courses.objects (
    organization_id uuid not null,
    hash text not null,
    body jsonb not null,
    primary key (organization_id, hash)
);
select kit.organization_table('courses.objects');

create table courses.manifests (
    organization_id uuid not null,
    snapshot text not null,
    body jsonb not null,
    primary key (organization_id, snapshot)
);
select kit.organization_table('courses.manifests');

create table courses.publications (
    organization_id uuid not null,
    course_id uuid not null,
    number integer not null,
    snapshot text not null,
    note text not null,
    published_by uuid,
    published_at timestamptz not null,
    primary key (organization_id, course_id, number)
);
select kit.organization_table('courses.publications');

create table courses.transfers (
    organization_id uuid not null,
    transfer_id uuid not null,
    direction text not null,
    format text not null,
    filename text not null,
    blob_key text not null,
    state text not null,
    job_id uuid,
    course_id uuid,
    done integer not null,
    total integer not null,
    note text not null,
    error text not null,
    counts jsonb,
    requested_by uuid,
    requested_at timestamptz not null,
    finished_at timestamptz,
    primary key (organization_id, transfer_id)
);
select kit.organization_table('courses.transfers');

create table courses.transfer_items (
    organization_id uuid not null,
    transfer_id uuid not null,
    number integer not null,
    path text not null,
    kind text not null,
    outcome text not null,
    reason text not null,
    primary key (organization_id, transfer_id, number)
);
select kit.organization_table('courses.transfer_items');
