-- A message without a course is for a whole organization, or for those who are named.
alter table notifications.rounds alter column course_id drop not null, add column only_users uuid[];
