-- Instruments and where they stand, as the city told.
create table sensor (
    id text primary key,
    name text not null,
    territory text not null,
    lon double precision,
    lat double precision,
    place text not null,
    told_at timestamptz not null
);

-- Where each sensor stands under each rule. Written when its phase changes, not with every reading.
create table sensor_standing (
    rule text not null,
    sensor text not null,
    phase text not null check (phase in ('calm', 'rising', 'alarmed', 'falling')),
    since timestamptz not null,
    "at" timestamptz not null,
    value double precision not null,
    primary key (rule, sensor)
);

-- The newest alarm of each rule and key, written with the entry of the matter it opens or settles.
create table sensor_alarm (
    rule text not null,
    key text not null,
    matter_id uuid not null,
    state text not null check (state in ('raised', 'over')),
    raised_at timestamptz not null,
    over_at timestamptz,
    value double precision not null,
    primary key (rule, key)
);

-- What came by the webhook and waits to be judged.
create table sensor_inbox (
    position bigint generated always as identity primary key,
    "at" timestamptz not null,
    body bytea not null
);

create table sensor_count (
    name text primary key,
    "count" bigint not null,
    last_at timestamptz not null
);
