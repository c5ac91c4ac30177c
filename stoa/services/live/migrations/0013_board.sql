-- Whether everybody in the class may draw on its whiteboard; else those do who present.
alter table live.classes add column everyone_draws boolean not null default false;
