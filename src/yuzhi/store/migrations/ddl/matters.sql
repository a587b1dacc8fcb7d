-- The journal. Entries are only ever added; the leaf is the RFC 6962 hash of the body.
create table entry (
    matter_id uuid not null,
    seq integer not null,
    at timestamptz not null,
    step text not null,
    body bytea not null,
    leaf bytea not null,
    position bigint generated always as identity,
    transaction xid8 not null default pg_current_xact_id(),
    primary key (matter_id, seq)
);
create unique index entry_position on entry (position);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is only ever added to' using errcode = 'restrict_violation';
end $$;
create trigger entry_is_append_only before update or delete or truncate on entry
    for each statement execute function refuse_change();

-- Words people said, apart from the journal, which holds only a salted digest of them.
create table text (
    id uuid primary key,
    matter_id uuid not null,
    name text not null,
    salt bytea not null,
    body text,
    erased_at timestamptz
);
create index text_of_matter on text (matter_id);

-- Who asked. Personal data lives here and nowhere else; matters and entries know only the id.
create table requester (
    id uuid primary key,
    name text,
    phone text,
    address text,
    id_type text,
    id_number text,
    created_at timestamptz not null,
    erased_at timestamptz
);

-- The answer first given to a request, so that the same request again does nothing twice.
create table idempotency (
    actor text not null,
    key text not null,
    request bytea not null,
    response bytea not null,
    at timestamptz not null,
    primary key (actor, key)
);
create index idempotency_by_age on idempotency (at);

create sequence matter_serial increment by 100;

-- Read tables: each row is a pure function of the entries and can be built anew from them.
create table matter (
    id uuid primary key,
    number text not null,
    pack text not null,
    version text not null,
    procedure text not null,
    state text not null,
    since timestamptz not null,
    kind text not null,
    channel text not null,
    urgency text not null,
    category text not null,
    territory text not null,
    lon_e6 integer,
    lat_e6 integer,
    requester uuid,
    subject uuid,
    opened_at timestamptz not null,
    updated_at timestamptz not null,
    seq integer not null,
    lead_unit text not null,
    route text not null,
    outcome text not null,
    resolved_at timestamptz,
    reopen_until timestamptz,
    ended_at timestamptz,
    satisfaction text,
    is_solved boolean,
    reopened integer not null,
    urged integer not null,
    supervised integer not null,
    escalated integer not null,
    due_at timestamptz,
    amber_at timestamptz,
    paused_at timestamptz,
    is_breached boolean not null,
    was_met boolean,
    -- What lists sort and row security look by; plain columns, since an index on an expression is of no
    -- use to a query that row security guards.
    city text collate "C" generated always as (left(territory, 4)) stored,
    district text collate "C" generated always as (left(territory, 6)) stored,
    town text collate "C" generated always as (left(territory, 9)) stored,
    community text collate "C" generated always as (left(territory, 12)) stored,
    due_key timestamptz generated always as (coalesce(due_at, 'infinity'::timestamptz)) stored
);
create unique index matter_number on matter (number);
create index matter_by_city on matter (city, opened_at desc, id desc);
create index matter_by_district on matter (district, opened_at desc, id desc);
create index matter_by_town on matter (town, opened_at desc, id desc);
create index matter_by_community on matter (community, opened_at desc, id desc);
create index matter_open_by_city on matter (city, due_key, id) where ended_at is null;
create index matter_open_by_district on matter (district, due_key, id) where ended_at is null;
create index matter_open_by_town on matter (town, due_key, id) where ended_at is null;
create index matter_open_by_community on matter (community, due_key, id) where ended_at is null;
create index matter_of_requester on matter (requester, opened_at desc) where requester is not null;

create table assignment (
    matter_id uuid not null,
    no integer not null,
    unit text not null,
    role text not null,
    state text not null,
    given_at timestamptz not null,
    by_unit text not null,
    signed_at timestamptz,
    ended_at timestamptz,
    returns_refused integer not null,
    is_live boolean not null,
    opened_at timestamptz not null,
    due_at timestamptz,
    due_key timestamptz generated always as (coalesce(due_at, 'infinity'::timestamptz)) stored,
    primary key (matter_id, no)
);
create index assignment_queue on assignment (unit, due_key, matter_id) where is_live;
create index assignment_of_unit on assignment (unit, opened_at desc, matter_id desc);

create table clock (
    matter_id uuid not null,
    name text not null,
    no integer not null,
    run integer not null,
    state text not null,
    "limit" text not null,
    started_at timestamptz not null,
    due_at timestamptz not null,
    amber_at timestamptz not null,
    next_at timestamptz,
    paused_at timestamptz,
    stopped_at timestamptz,
    breached_at timestamptz,
    primary key (matter_id, name, no, run)
);
create index clock_next on clock (next_at, matter_id) where next_at is not null;

create table link (
    matter_id uuid not null,
    no integer not null,
    kind text not null,
    target uuid not null,
    primary key (matter_id, no)
);
create index link_target on link (target);

-- Those who look do so as a role that owns nothing, and sees only what the transaction says it may:
-- `yuzhi.ground` (territory codes), `yuzhi.units` and `yuzhi.requester`, set anew for each. A query that
-- forgets its scope finds nothing.
do $$ begin
    if not exists (select from pg_roles where rolname = 'yuzhi_reader') then
        create role yuzhi_reader nologin;
        execute format('grant yuzhi_reader to %I', current_user);
    end if;
exception when insufficient_privilege then
    raise exception 'the role yuzhi_reader is missing'
        using hint = format('As a superuser: create role yuzhi_reader nologin; grant yuzhi_reader to %I;', current_user);
end $$;

create function yuzhi_ground() returns text[] language sql stable parallel safe
    as $$ select string_to_array(current_setting('yuzhi.ground', true), ' ') $$;
create function yuzhi_units() returns text[] language sql stable parallel safe
    as $$ select string_to_array(current_setting('yuzhi.units', true), ' ') $$;
create function yuzhi_requester() returns uuid language sql stable parallel safe
    as $$ select nullif(current_setting('yuzhi.requester', true), '')::uuid $$;

grant select on matter, assignment, clock, link, entry, text to yuzhi_reader;
alter table matter enable row level security;
alter table assignment enable row level security;
alter table clock enable row level security;
alter table link enable row level security;
alter table entry enable row level security;
alter table text enable row level security;

-- Each sub-select is worked out once for a whole query.
create policy seen on matter for select to yuzhi_reader using (
    city = any ((select yuzhi_ground())::text[])
    or district = any ((select yuzhi_ground())::text[])
    or town = any ((select yuzhi_ground())::text[])
    or community = any ((select yuzhi_ground())::text[])
    or territory = any ((select yuzhi_ground())::text[])
    or id in (select a.matter_id from assignment a where a.unit = any ((select yuzhi_units())::text[]))
    or requester = (select yuzhi_requester())
);
-- A unit sees that it has a part in a matter; the parts of others it sees through the matter, which asks
-- for its own parts first, and so comes to an end.
create policy own on assignment for select to yuzhi_reader using (unit = any ((select yuzhi_units())::text[]));
create policy seen on clock for select to yuzhi_reader
    using (exists (select from matter m where m.id = matter_id));
create policy seen on link for select to yuzhi_reader
    using (exists (select from matter m where m.id = matter_id));
create policy seen on entry for select to yuzhi_reader
    using (exists (select from matter m where m.id = matter_id));
create policy seen on text for select to yuzhi_reader
    using (exists (select from matter m where m.id = matter_id));
