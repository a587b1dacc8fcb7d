-- The ground: every territory of the city at all dates. Codes are prefix codes, so they sort and range
-- by code point. A day in valid_from is the first one, a day in valid_to the first one it is no more.
create table territory (
    code text collate "C" primary key
        check (code ~ '^([0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}[0-9A-Z]{0,6})$'),
    name text not null check (name <> ''),
    level text not null check (level in ('city', 'district', 'town', 'community', 'grid')),
    parent text collate "C" references territory,
    valid_from date,
    valid_to date check (valid_to >= valid_from),
    aliases text[] not null default '{}',
    -- WKB in WGS-84 degrees, and the datum of the file it came from.
    polygon bytea,
    datum text check (datum in ('WGS84', 'GCJ02')),
    check ((polygon is null) = (datum is null)),
    check (parent is null or (starts_with(code, parent) and code <> parent))
);
create index territory_parent on territory (parent);

-- Re-organisations, in the order of the act. A code on both sides goes on.
create table territory_change (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('merge', 'split', 'rename', 'transfer')),
    changed_on date not null,
    from_codes text[] not null,
    to_codes text[] not null,
    names jsonb not null default '{}',
    basis text not null default ''
);

-- Places people speak of, in WGS-84 degrees.
create table landmark (
    territory text collate "C" not null references territory,
    name text not null check (name <> ''),
    kind text not null default '',
    aliases text[] not null default '{}',
    lon double precision check (lon between -180 and 180),
    lat double precision check (lat between -90 and 90),
    check ((lon is null) = (lat is null)),
    primary key (territory, name)
);

-- One row for every change of a ground table, whichever room it belongs to. Boundaries are told by digest.
create table ground_audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    relation text not null,
    key text not null,
    before jsonb,
    after jsonb,
    check (before is distinct from after)
);
create index ground_audit_of_row on ground_audit (relation, key, id);

create function ground_audit_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit of the ground is only ever added to' using errcode = 'restrict_violation';
end $$;
create trigger ground_audit_is_append_only before update or delete or truncate on ground_audit
    for each statement execute function ground_audit_refuse_change();
