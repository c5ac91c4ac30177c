-- Seats that end by the clock, for the sweep that frees them.
create index seats_until on enrollment.seats (organization_id, course_id, until) where state = 'active' and until is not null;
