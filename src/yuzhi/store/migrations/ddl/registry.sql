-- Who acts: units, the people in them, and the posts they hold. Kinds and duties are words of packs.
-- A day in valid_from is the first one, a day in valid_to the first one it is no more.
create table unit (
    code text primary key,
    name text not null,
    kind text not null,
    territory text not null,
    parent text references unit deferrable initially deferred,
    valid_from date,
    valid_to date,
    contact jsonb not null default '{}'
);

create table person (
    id text primary key,
    name text not null
);

-- One person, one unit, one territory, some duties, for a time. A person may hold several posts.
create table post (
    id text primary key,
    person text not null references person,
    unit text not null references unit,
    duties text[] not null,
    territory text not null,
    valid_from date,
    valid_to date
);
create index post_of_person on post (person);
create index post_of_unit on post (unit);
