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
    was_met boolean
);
create unique index matter_number on matter (number);
create index matter_district on matter (left(territory, 6), opened_at desc, id desc);
create index matter_town on matter (left(territory, 9), opened_at desc, id desc);
create index matter_community on matter (left(territory, 12), opened_at desc, id desc);
create index matter_city on matter (left(territory, 4), opened_at desc, id desc);
create index matter_open_city on matter (left(territory, 4), coalesce(due_at, 'infinity'), id) where ended_at is null;
create index matter_open_district on matter (left(territory, 6), coalesce(due_at, 'infinity'), id) where ended_at is null;
create index matter_open_town on matter (left(territory, 9), coalesce(due_at, 'infinity'), id) where ended_at is null;
create index matter_open_community on matter (left(territory, 12), coalesce(due_at, 'infinity'), id) where ended_at is null;
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
    primary key (matter_id, no)
);
create index assignment_queue on assignment (unit, coalesce(due_at, 'infinity'), matter_id) where is_live;
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
