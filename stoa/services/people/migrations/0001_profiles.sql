create table people.profiles (
    user_id uuid not null,
    organization_id uuid not null,
    display_name text not null,
    legal_name text not null default '',
    pronouns text not null default '',
    bio text not null default '',
    locale text not null,
    time_zone text not null default 'UTC',
    theme text not null default 'system',
    text_spacing boolean not null default false,
    preferences jsonb not null default '{}',
    version int not null default 1,
    updated_at timestamptz not null,
    primary key (user_id, organization_id)
);
select kit.user_table('people.profiles');
