-- The inbox forgets by when an event was handled; rows come in that order, so a few blocks of index do.
create index inbox_by_age on "{service}".inbox using brin (at) with (pages_per_range = 32, autosummarize = on);
