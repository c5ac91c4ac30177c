-- All the rooms somebody was in: to let them out of, and to forget their name in.
create index participants_by_user on live.participants (organization_id, user_id) where user_id is not null;
alter table live.participants set (fillfactor = 70);
