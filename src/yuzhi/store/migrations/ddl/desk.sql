-- What operators have written down of calls that are not opened yet; sealed, and dropped after a day.
create table call_draft (
    post text not null,
    id uuid not null,
    version integer not null,
    sealed bytea not null,
    updated_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (post, id)
);
create index call_draft_by_expiry on call_draft (expires_at);
