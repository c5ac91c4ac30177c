-- What calendar keeps for an organization.
create table calendar.notes (
  organization_id uuid not null,
  note_id uuid not null,
  text text not null,
  at timestamptz not null,
  primary key (organization_id, note_id)
);
select kit.organization_table('calendar.notes');
