-- The outbox: every letter somebody must get, as a state machine with its attempts.
create table delivery (
    id uuid primary key,
    matter_id uuid not null,
    seq integer not null,
    letter text not null,
    audience text not null,
    unit text not null,
    requester uuid,
    state text not null,
    attempts integer not null default 0,
    next_at timestamptz,
    created_at timestamptz not null,
    sent_at timestamptz,
    last_reason text not null default ''
);
create index delivery_next on delivery (next_at, id) where next_at is not null;
create index delivery_of_matter on delivery (matter_id);
create index delivery_dead on delivery (created_at desc, id) where state = 'dead';

create table delivery_attempt (
    delivery_id uuid not null,
    no integer not null,
    at timestamptz not null,
    outcome text not null,
    reason text not null,
    primary key (delivery_id, no)
);

-- What a unit or a requester finds in its inbox.
create table notice (
    delivery_id uuid primary key,
    matter_id uuid not null,
    unit text not null,
    requester uuid,
    title text not null,
    body text not null,
    at timestamptz not null,
    read_at timestamptz
);
create index notice_of_unit on notice (unit, at desc, delivery_id desc) where unit <> '';
create index notice_of_requester on notice (requester, at desc) where requester is not null;
