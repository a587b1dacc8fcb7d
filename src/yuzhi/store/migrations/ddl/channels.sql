-- A letter (channel '') is put into its recipient's inbox; for every other channel its recipient has an
-- address in, it gets a delivery of its own (`letter_of`), so that one channel's trouble is not another's.
alter table delivery
    add column channel text not null default '',
    add column letter_of uuid,
    -- `unit:…` or `requester:…`: whose many letters one message may hold. No address, no name.
    add column recipient text not null default '',
    add column is_urgent boolean not null default false,
    -- The message it last went out in; several deliveries may have gone in one.
    add column message uuid,
    -- Attempts made before somebody asked for it to be sent again.
    add column forgiven integer not null default 0,
    add column acknowledged_at timestamptz,
    -- The delivery whose failure an alarm is about.
    add column about uuid;
drop index delivery_next;
create index delivery_next on delivery (channel, next_at, id) where next_at is not null;
create index delivery_waiting on delivery (channel, recipient) where next_at is not null and channel <> '';
create unique index delivery_once on delivery (letter_of, channel) where letter_of is not null;
create index delivery_message on delivery (message) where message is not null;
create index delivery_newest on delivery (created_at desc, id desc);
create unique index delivery_alarm on delivery (about, unit) where about is not null;

-- Until when a recipient's further letters wait to go together.
create table delivery_window (
    channel text not null,
    recipient text not null,
    until timestamptz not null,
    primary key (channel, recipient)
);
