-- What is looked up in matters' words: a row for each matter, following from the matter and its texts, and
-- empty again as soon as one of them is erased. A lexeme ends with a character that tells the month
-- in which the matter was opened, so that newer matters are looked up before older ones.
create table search_doc (
    matter_id uuid primary key,
    opened_at timestamptz not null,
    territory text collate "C" not null,
    digest bigint not null,
    tokens tsvector not null
);
create index search_doc_tokens on search_doc using gin (tokens) with (gin_pending_list_limit = 256);
create index search_doc_city on search_doc (left(territory, 4), opened_at desc, matter_id desc);
create index search_doc_district on search_doc (left(territory, 6), opened_at desc, matter_id desc);
create index search_doc_town on search_doc (left(territory, 9), opened_at desc, matter_id desc);
create index search_doc_community on search_doc (left(territory, 12), opened_at desc, matter_id desc);

-- The months (counted from January 2000) in which any matter was opened.
create table search_month (month integer primary key);

-- Matters to be looked at again, beside those the journal tells of.
create table search_due (matter_id uuid primary key);

-- Up to which entry the journal was followed, and in which server: its numbers say nothing in another.
create table search_state (
    only_one boolean primary key default true check (only_one),
    transaction xid8 not null,
    position bigint not null,
    server text not null
);
insert into search_state (transaction, position, server) values ('0', 0, '');

-- Words that are erased leave no copy: not here, and not in letters, which may quote them.
create function text_forget_copies() returns trigger language plpgsql as $$
begin
    delete from search_doc where matter_id = old.matter_id;
    insert into search_due values (old.matter_id) on conflict do nothing;
    update notice set title = '', body = '' where matter_id = old.matter_id and body <> '';
    return null;
end $$;
create trigger text_forgets_copies after update of body on text
    for each row when (old.body is not null and new.body is null) execute function text_forget_copies();
create trigger text_gone_forgets_copies after delete on text
    for each row execute function text_forget_copies();
