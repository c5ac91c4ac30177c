-- Files of people that are too long for one request, with the report as far as it is; the file goes when it is done.
create table enrollment.imports (
    organization_id uuid not null,
    import_id uuid not null,
    course_id uuid not null,
    actor uuid not null,
    dry_run boolean not null,
    state text not null,
    done int not null default 0,
    total int not null,
    items jsonb not null default '[]',
    file text not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    primary key (organization_id, import_id)
);
create index imports_by_age on enrollment.imports (organization_id, created_at);
select kit.organization_table('enrollment.imports');
