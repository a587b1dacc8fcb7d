-- The transparency log over the journal: which entry is which leaf, and what the log has signed.
-- Hashes are not here: they are in the tiles, which are files.

-- Entries in the order in which they become settled.
create index entry_settled on entry (transaction, position);

create table log_leaf (
    leaf_index bigint primary key,
    matter_id uuid not null,
    seq integer not null
);
create unique index log_leaf_of_entry on log_leaf (matter_id, seq);

create function log_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the log is only ever added to' using errcode = 'restrict_violation';
end $$;
create trigger log_leaf_is_append_only before update or delete or truncate on log_leaf
    for each statement execute function log_refuse_change();

-- How far the journal has been put in order: every entry up to a transaction and position. Transaction
-- numbers mean something only in the server they were given out by, so that server is named.
create table log_state (
    only_one boolean primary key default true check (only_one),
    size bigint not null,
    transaction xid8 not null,
    position bigint not null,
    server text not null
);
insert into log_state (size, transaction, position, server) values (0, '0', 0, '');

create table log_checkpoint (
    size bigint primary key,
    root bytea not null,
    note text not null,
    signed_at timestamptz not null
);

create table log_cosignature (
    size bigint not null references log_checkpoint,
    key text not null,
    line text not null,
    at timestamptz not null,
    primary key (size, key)
);
