-- Disputes: who is in one, on which side, who speaks for them, who mediates, what was agreed and performed.
-- Persons themselves are in the vault; rows here know only their ids. Only who is in a case sees these rows.
create table dispute (
    matter_id uuid primary key,
    -- The unit that took it up; it stays inside the case.
    unit text not null,
    happened_on date,
    -- The matter it came from, when it was reopened on another road.
    origin uuid,
    is_open boolean not null default true,
    opened_at timestamptz not null
);
create index dispute_of_origin on dispute (origin) where origin is not null;

create table party (
    id uuid primary key,
    matter_id uuid not null,
    side integer not null check (side between 1 and 50),
    kind text not null check (kind in ('person', 'organisation')),
    person uuid not null,
    -- The account with which this party looks at the case.
    requester uuid,
    capacity text not null check (capacity in ('full', 'limited', 'none')),
    -- Keyed hashes of number and telephone, and of the name, in hex with spaces between: to know the same
    -- dispute again, of no use without the key.
    strong text not null,
    weak text not null,
    strong_marks text[] not null generated always as (string_to_array(strong, ' ')) stored,
    joined_at timestamptz not null,
    left_at timestamptz
);
create index party_of_matter on party (matter_id, side, joined_at);
create index party_by_strong on party using gin (strong_marks);
create index party_of_requester on party (requester) where requester is not null;

create table representative (
    id uuid primary key,
    matter_id uuid not null,
    party uuid not null,
    role text not null check (role in ('guardian', 'agent')),
    person uuid not null,
    requester uuid,
    relation text not null,
    -- What an agent may do, until when, and the paper or record in which the party agreed to it.
    scope text not null,
    valid_to date,
    consent text not null,
    consented_at timestamptz,
    added_at timestamptz not null,
    ended_at timestamptz
);
create index representative_of_matter on representative (matter_id);
create index representative_of_requester on representative (requester) where requester is not null;

create table case_note (
    id uuid primary key,
    matter_id uuid not null,
    at timestamptz not null,
    by_actor text not null,
    kind text not null,
    body text not null
);
create index case_note_of_matter on case_note (matter_id, at);

-- Who did what about the parties, the mediators and the agreements of a case: only ever added to.
create table case_act (
    id bigint generated always as identity primary key,
    matter_id uuid not null,
    at timestamptz not null,
    actor text not null,
    unit text not null,
    act text not null,
    facts jsonb not null
);
create index case_act_of_matter on case_act (matter_id, id);
create index case_act_by_act on case_act (act, at);
create trigger case_act_is_append_only before update or delete or truncate on case_act
    for each statement execute function refuse_change();

create table mediator (
    id text primary key,
    name text not null,
    kind text not null check (kind in ('people', 'professional', 'industry', 'volunteer')),
    unit text not null,
    -- The post with which they look at their cases; empty for who has none.
    post text not null default '',
    fields text[] not null,
    languages text[] not null,
    territories text[] not null,
    most_cases integer not null check (most_cases between 1 and 1000),
    strong text not null,
    weak text not null,
    valid_from date,
    valid_to date
);
create table mediator_interest (
    mediator text not null references mediator on delete cascade,
    -- A keyed hash of the name or number of whom they are near to, and why.
    mark text not null,
    because text not null,
    primary key (mediator, mark)
);
create table mediator_deed (
    id uuid primary key,
    mediator text not null references mediator on delete cascade,
    kind text not null check (kind in ('training', 'honour')),
    held_on date not null,
    title text not null,
    hours integer not null default 0 check (hours between 0 and 1000)
);
create index mediator_deed_of on mediator_deed (mediator, held_on);

create table presiding (
    matter_id uuid not null,
    mediator text not null,
    post text not null,
    is_chief boolean not null,
    reason text not null,
    strong text not null,
    given_at timestamptz not null,
    ended_at timestamptz,
    ended_because text not null default '',
    allowance_fen bigint not null default 0 check (allowance_fen >= 0),
    paid_on date,
    primary key (matter_id, mediator, given_at)
);
create unique index presiding_once on presiding (matter_id, mediator) where ended_at is null;
create unique index presiding_chief on presiding (matter_id) where is_chief and ended_at is null;
create index presiding_load on presiding (mediator) where ended_at is null;
create index presiding_of_post on presiding (post) where ended_at is null and post <> '';

create table agreement (
    id uuid primary key,
    matter_id uuid not null,
    form text not null check (form in ('written', 'oral')),
    state text not null check (state in ('draft', 'signing', 'effective', 'performed', 'broken', 'void')),
    content jsonb not null,
    -- SHA-256 of the text that is signed, names and all.
    digest text not null default '',
    version integer not null default 1,
    drafted_at timestamptz not null,
    drafted_by text not null,
    effective_at timestamptz,
    ended_at timestamptz
);
create index agreement_of_matter on agreement (matter_id, drafted_at);
create unique index agreement_one_at_a_time on agreement (matter_id) where state in ('draft', 'signing');

create table signature (
    id uuid primary key,
    matter_id uuid not null,
    agreement uuid not null,
    role text not null check (role in ('party', 'mediator', 'seal')),
    party uuid,
    mediator text not null default '',
    -- Whose hand it was: the party's own person, or that of who speaks for them.
    person uuid,
    means text not null check (means in ('code', 'paper', 'post', 'seal')),
    file text not null default '',
    digest text not null,
    signed_at timestamptz not null
);
create index signature_of_agreement on signature (agreement);
create unique index signature_of_party on signature (agreement, party) where role = 'party';
create unique index signature_of_mediator on signature (agreement, mediator) where role = 'mediator';
create unique index signature_seal on signature (agreement) where role = 'seal';

create table signing_code (
    id uuid primary key,
    matter_id uuid not null,
    agreement uuid not null,
    party uuid not null,
    person uuid not null,
    digest text not null,
    tries integer not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index signing_code_newest on signing_code (agreement, party, created_at desc);

create table instalment (
    matter_id uuid not null,
    agreement uuid not null,
    no integer not null,
    party uuid not null,
    due_on date not null,
    what text not null,
    amount_fen bigint not null default 0 check (amount_fen >= 0),
    paid_fen bigint not null default 0 check (paid_fen >= 0),
    performed_on date,
    is_missed boolean not null default false,
    reminded_on date,
    primary key (agreement, no)
);
create index instalment_due on instalment (due_on) where performed_on is null and not is_missed;
create table performance_reminder (
    id uuid primary key,
    agreement uuid not null,
    no integer not null,
    person uuid not null,
    created_at timestamptz not null
);

-- One visit: what somebody came with, the roads that were shown to them, and which one they chose.
create table registration (
    id uuid primary key,
    unit text not null,
    post text not null,
    at timestamptz not null,
    pack text not null,
    pack_version text not null,
    answers jsonb not null,
    offered jsonb not null,
    chosen text,
    chosen_at timestamptz,
    because text not null default '',
    matter_id uuid,
    is_by_agent_point boolean not null default false,
    consent text not null default ''
);
create index registration_of_unit on registration (unit, at desc, id desc);
create index registration_of_matter on registration (matter_id) where matter_id is not null;

-- Numbers and the windows that call them. A number belongs to one day of one centre.
create table service_window (
    unit text not null,
    name text not null,
    lines text[] not null,
    is_open boolean not null default true,
    post text not null default '',
    primary key (unit, name)
);
create table queue_counter (
    unit text not null,
    on_day date not null,
    line text not null,
    last integer not null,
    -- Numbers stand in line in their own order, even those taken at the same moment.
    last_at timestamptz not null,
    primary key (unit, on_day, line)
);
create table queue_ticket (
    id uuid primary key,
    unit text not null,
    on_day date not null,
    line text not null,
    no integer not null,
    state text not null check (state in ('waiting', 'called', 'serving', 'done', 'skipped', 'left')),
    -- By this they stand in line: when the number was taken, moved back when it was skipped.
    place timestamptz not null,
    is_first boolean not null default false,
    taken_at timestamptz not null,
    called_at timestamptz,
    calls integer not null default 0,
    window_name text not null default '',
    begun_at timestamptz,
    ended_at timestamptz,
    registration uuid
);
create unique index queue_ticket_number on queue_ticket (unit, on_day, line, no);
create index queue_ticket_waiting on queue_ticket (unit, on_day, line, is_first desc, place, no)
    where state = 'waiting';
create index queue_ticket_at_window on queue_ticket (unit, on_day, window_name) where state in ('called', 'serving');
create index queue_ticket_done on queue_ticket (unit, on_day, line, ended_at desc) where state = 'done';

-- That a grid was looked at on a day, whether anything was found or not.
create table screening_day (
    grid text collate "C" not null,
    on_day date not null,
    post text not null,
    found integer not null check (found >= 0),
    at timestamptz not null,
    primary key (grid, on_day)
);
create index screening_day_by_day on screening_day (on_day, grid);

-- Who is inside a case: the unit that took it up, units that have it or had signed for it, its mediators, and
-- the parties with those who speak for them. It reads the base tables itself, so that no policy asks another.
create function yuzhi_post() returns text language sql stable parallel safe
    as $$ select nullif(current_setting('yuzhi.post', true), '') $$;
create function yuzhi_in_case(matter uuid) returns boolean language sql stable security definer
    set search_path = public, pg_temp as $$
    select exists (select from dispute d where d.matter_id = matter and d.unit = any (yuzhi_units()))
        or exists (select from assignment a where a.matter_id = matter and a.unit = any (yuzhi_units())
            and (a.is_live or a.signed_at is not null))
        or exists (select from presiding p where p.matter_id = matter and p.post = yuzhi_post()
            and p.ended_at is null)
        or exists (select from party p where p.matter_id = matter and p.requester = yuzhi_requester()
            and p.left_at is null)
        or exists (select from representative r where r.matter_id = matter and r.requester = yuzhi_requester()
            and r.ended_at is null)
$$;
create function yuzhi_is_sealed(matter uuid) returns boolean language sql stable security definer
    set search_path = public, pg_temp as $$ select exists (select from dispute d where d.matter_id = matter) $$;

do $$ declare relation text; begin
    foreach relation in array array['dispute', 'party', 'representative', 'case_note', 'case_act', 'presiding',
        'agreement', 'signature', 'instalment']
    loop
        execute format('grant select on %I to yuzhi_reader', relation);
        execute format('alter table %I enable row level security', relation);
        execute format('create policy inside on %I for select to yuzhi_reader using (yuzhi_in_case(matter_id))',
            relation);
    end loop;
end $$;

-- What was said in a dispute is seen by nobody outside it, whatever ground they answer for.
create policy sealed on text as restrictive for select to yuzhi_reader
    using (not yuzhi_is_sealed(matter_id) or yuzhi_in_case(matter_id));
