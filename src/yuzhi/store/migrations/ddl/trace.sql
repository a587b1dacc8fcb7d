-- Who did what that touches access or personal data: only ever added to, by nobody's leave changed.
create table trace (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    kind text not null,
    -- The hand and its id (`post:…`, `requester:…`, `operator:…`), and the account it was signed in with.
    actor text not null,
    account text not null,
    unit text not null,
    territory text collate "C" not null,
    address text not null,
    -- What it was done to, such as `account:…`, `post:…`, `pack:…`, and the matter if there is one.
    subject text not null,
    matter_id uuid,
    purpose text not null,
    facts jsonb not null
);
create index trace_at on trace (at);
create index trace_kind on trace (kind, id desc);
create index trace_actor on trace (actor, id desc);
create index trace_account on trace (account, id desc) where account <> '';
create index trace_subject on trace (subject, id desc) where subject <> '';
create index trace_of_matter on trace (matter_id, id desc) where matter_id is not null;

create function trace_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the trace is only ever added to' using errcode = 'restrict_violation';
end $$;
create trigger trace_is_append_only before update or delete or truncate on trace
    for each statement execute function trace_refuse_change();

-- Its owner, too, may only add and read: whoever would change it must first grant it to himself, and drop
-- the trigger.
revoke all on trace from public, current_user;
grant select, insert on trace to current_user;
