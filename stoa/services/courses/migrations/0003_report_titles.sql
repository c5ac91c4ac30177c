-- What a line of a report is called in the course, in which unit it stands, and which part of the draft it became.

alter table courses.transfer_items
    add column title text not null default '',
    add column unit text not null default '',
    add column node_id uuid;
