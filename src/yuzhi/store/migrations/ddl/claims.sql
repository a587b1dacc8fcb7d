-- Matters that a resident who signed in by telephone proved to be theirs, by number and tracking code: under
-- which reference they asked there. No more than what a session for that one matter may do.
create table resident_matter (
    resident uuid not null references resident (requester) on delete cascade,
    matter_id uuid not null,
    number text not null,
    reference uuid not null,
    claimed_at timestamptz not null,
    primary key (resident, matter_id)
);
create index resident_matter_of_reference on resident_matter (reference);

-- Who is erased leaves no way back to them.
create function resident_matter_forget() returns trigger language plpgsql as $$
begin
    delete from resident_matter where reference = new.id;
    return null;
end $$;
create trigger person_forgets_claims after update of erased_at on vault_person
    for each row when (new.erased_at is not null) execute function resident_matter_forget();
