-- The picture slides that a class is held with, in their order: [{url, alt}].
create table live.decks (
    organization_id uuid not null,
    class_id uuid not null,
    slides jsonb not null,
    primary key (organization_id, class_id)
);
select kit.organization_table('live.decks');
