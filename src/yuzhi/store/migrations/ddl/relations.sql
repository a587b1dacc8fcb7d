-- What was merged may be split off again: the tie stays known, and is no longer live.
alter table link add column is_live boolean not null default true;
drop index link_target;
create index link_target on link (target) where is_live;

-- How far each reader of the journal has got. Transaction numbers mean something only in the server they
-- were given out by, so that server is named.
create table reader (
    name text primary key,
    transaction xid8 not null,
    position bigint not null,
    server text not null
);
