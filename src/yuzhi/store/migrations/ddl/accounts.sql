-- How people and machines prove who they are. Nothing here lets anybody in by itself: passwords are Argon2id,
-- tokens and codes are digests of much chance, secrets of second factors are sealed with a key kept elsewhere.
create table account (
    id uuid primary key,
    name text not null unique check (name = lower(name)),
    kind text not null check (kind in ('person', 'service')),
    person text not null references person,
    password text,
    password_at timestamptz,
    totp bytea,
    totp_pending bytea,
    -- The last time step whose code was used: no code is taken twice.
    totp_step bigint not null default 0,
    is_disabled boolean not null default false,
    created_at timestamptz not null
);
create index account_of_person on account (person);

create table recovery_code (
    account uuid not null references account,
    digest bytea not null,
    used_at timestamptz,
    primary key (account, digest)
);

-- An account at an OpenID Connect provider that is one of ours.
create table identity (
    issuer text not null,
    subject text not null,
    account uuid not null references account,
    linked_at timestamptz not null,
    primary key (issuer, subject)
);
create index identity_of_account on identity (account);

-- A code, given once, with which somebody sets a password; without an account, the first administrator's.
create table invitation (
    digest bytea primary key,
    account uuid references account,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

create table session (
    id uuid primary key,
    digest bytea not null unique,
    account uuid references account,
    requester uuid,
    -- Signed in by a tracking code: this one matter and no other.
    matter_id uuid,
    means text not null,
    post text not null default '',
    address text not null,
    agent text not null,
    opened_at timestamptz not null,
    seen_at timestamptz not null,
    idle_at timestamptz not null,
    ends_at timestamptz not null,
    ended_at timestamptz,
    ended_by text not null default '',
    check ((account is null) <> (requester is null))
);
create index session_of_account on session (account, opened_at) where ended_at is null and account is not null;
create index session_of_requester on session (requester, opened_at)
    where ended_at is null and requester is not null;
create index session_by_age on session (ends_at);

create table token (
    id uuid primary key,
    digest bytea not null unique,
    account uuid not null references account,
    name text not null,
    post text not null,
    scopes text[] not null,
    created_at timestamptz not null,
    created_by text not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);
create index token_of_account on token (account, created_at);

-- Failed attempts, by a keyed digest of what they were made against and from.
create table attempt (
    bucket bytea primary key,
    failures integer not null,
    last_at timestamptz not null,
    wait_until timestamptz not null
);
create index attempt_by_age on attempt (last_at);

-- Browsers and addresses from which an account was signed in to before: others' failures do not hold them up.
create table known_place (
    account uuid not null references account,
    digest bytea not null,
    seen_at timestamptz not null,
    primary key (account, digest)
);

-- Sign-ins under way at an OpenID Connect provider.
create table oidc_attempt (
    state bytea primary key,
    browser bytea not null,
    nonce text not null,
    verifier text not null,
    return_to text not null,
    expires_at timestamptz not null
);

-- Codes sent to telephones. The code itself follows from its id and a key kept elsewhere.
create table phone_code (
    id uuid primary key,
    phone bytea not null,
    sealed_phone bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    tries integer not null default 0,
    used_at timestamptz
);
create index phone_code_of_phone on phone_code (phone, created_at desc);
create index phone_code_by_age on phone_code (created_at);

-- A resident who signed in by telephone: the keyed digest of the number, and who that is among requesters.
create table resident (
    phone bytea primary key,
    requester uuid not null unique,
    created_at timestamptz not null
);

-- Some letters are about no matter.
alter table delivery alter column matter_id drop not null;
