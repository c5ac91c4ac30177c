-- Which courses use which files: what is held is not deleted.

create table media.holds (
    organization_id uuid not null,
    sha256 text not null,
    holder_id uuid not null,
    place text not null,
    title text not null,
    primary key (organization_id, sha256, holder_id, place)
);
select kit.organization_table('media.holds');
