-- When a learner may know of the points: kept apart from the points, which teachers see at once.
alter table progress.scores add column show_correctness text not null default 'always';
