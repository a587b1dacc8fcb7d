-- Versions of packs that somebody proposed and somebody else approved, whole, with the day they begin.
create table pack_version (
    id uuid primary key,
    name text not null,
    version text not null,
    digest text not null,
    files jsonb not null,
    in_force_from date not null,
    note text not null,
    proposed_by text not null,
    proposed_at timestamptz not null,
    decision text check (decision in ('approved', 'rejected')),
    decided_by text,
    decided_at timestamptz,
    reason text not null default '',
    check ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
    check (decision is distinct from 'approved' or decided_by <> proposed_by)
);
create unique index pack_version_once on pack_version (name, version)
    where decision is distinct from 'rejected';
create index pack_version_by_time on pack_version (proposed_at desc, id desc);

-- What was proposed stays as it was, and is decided once.
create function pack_version_keep() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' or old.decision is not null
        or (new.id, new.name, new.version, new.digest, new.files, new.in_force_from, new.note, new.proposed_by,
            new.proposed_at)
        is distinct from (old.id, old.name, old.version, old.digest, old.files, old.in_force_from, old.note,
            old.proposed_by, old.proposed_at)
    then
        raise exception 'a proposed pack is decided once and never changed' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger pack_version_is_kept before update or delete on pack_version
    for each row execute function pack_version_keep();
create trigger pack_version_stays before truncate on pack_version
    for each statement execute function trace_refuse_change();
