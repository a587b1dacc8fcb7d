-- Who stands in for whom, and who is on duty when. Each change leaves a row in ground_audit.
create table deputy (
    id text primary key,
    post text not null references post,
    -- The post that acts for it, from a day to before another.
    acting text not null references post,
    valid_from date not null,
    valid_to date not null,
    reason text not null default '',
    check (post <> acting),
    check (valid_to > valid_from)
);
create index deputy_of_post on deputy (post);
create index deputy_acting on deputy (acting);

create table shift (
    id text primary key,
    unit text not null references unit,
    post text not null references post,
    role text not null default '',
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    check (ends_at > starts_at)
);
create index shift_of_unit on shift (unit, starts_at);
create index shift_of_post on shift (post, starts_at);
