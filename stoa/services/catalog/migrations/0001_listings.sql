-- Catalog: one row a course, as strangers find it; an archived course keeps its row so that no late event revives it.

create table catalog.listings (
    organization_id uuid not null,
    course_id uuid not null,
    version_at timestamptz not null,
    archived boolean not null,
    visibility text not null,
    slug text not null,
    title text not null,
    summary text not null,
    language text not null,
    licence text not null,
    categories text[] not null,
    image_url text not null,
    image_alt text not null,
    starts_at timestamptz,
    ends_at timestamptz,
    published_at timestamptz,
    dictionary text not null,
    codes text[] not null,
    grams text[] not null,
    document tsvector not null,
    primary key (organization_id, course_id)
);
create index listings_by_slug on catalog.listings (organization_id, slug);
create index listings_by_date on catalog.listings (organization_id, published_at desc, course_id desc)
    where visibility = 'public' and not archived;
create index listings_by_word on catalog.listings using gin (document);
create index listings_by_gram on catalog.listings using gin (grams);
select kit.organization_table('catalog.listings');
