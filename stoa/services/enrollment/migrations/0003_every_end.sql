-- Every open seat with an end, the completed ones too, for the sweep that frees them.
create index seats_end on enrollment.seats (organization_id, course_id, until)
    where state in ('active', 'completed') and until is not null;
