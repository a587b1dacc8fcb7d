-- Personal data, encrypted per person: a key of their own, wrapped by a master key that is not in here.
-- Erasing somebody destroys their key. Matters and entries know only the id.
create table vault_person (
    id uuid primary key,
    key_id text,
    wrapped bytea,
    name bytea,
    phone bytea,
    address bytea,
    id_type text,
    id_number bytea,
    -- Keyed hashes, to find somebody by what they say; of no use without the key.
    phone_hash bytea,
    id_hash bytea,
    -- Whose identity only one duty may learn, and never these units (codes, a space between them).
    kept_for text not null default '',
    kept_from text not null default '',
    retention text not null,
    created_at timestamptz not null,
    changed_at timestamptz,
    released_at timestamptz,
    erased_at timestamptz,
    check ((erased_at is null) = (wrapped is not null)),
    check (erased_at is null or (name is null and phone is null and address is null and id_number is null
        and phone_hash is null and id_hash is null))
);
create index vault_person_by_phone on vault_person (phone_hash) where phone_hash is not null;
create index vault_person_by_id_number on vault_person (id_hash) where id_hash is not null;
create index vault_person_by_key on vault_person (key_id, id) where wrapped is not null;
create index vault_person_by_retention on vault_person (retention, released_at)
    where released_at is not null and erased_at is null;

-- Which keys are in use, with a proof of each that tells nothing of it.
create table vault_key (
    id text primary key,
    proof bytea not null,
    since timestamptz not null,
    retired_at timestamptz
);

-- Who has read, corrected or erased whose data, what for and in which matter.
create table personal_access (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    act text not null,
    person uuid,
    hand text not null,
    actor text not null,
    unit text not null,
    purpose text not null,
    matter_id uuid,
    fields text[] not null
);
create index personal_access_of_person on personal_access (person, id);
create index personal_access_by_actor on personal_access (actor, at);

create function personal_access_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the trace of access is only ever added to' using errcode = 'restrict_violation';
end $$;
create trigger personal_access_is_append_only before update or delete or truncate on personal_access
    for each statement execute function personal_access_refuse_change();
