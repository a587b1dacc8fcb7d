-- Mails that were taken in, by digest, so that each is taken once; senders are keyed hashes.
create table mail_taken (
    message bytea primary key,
    matter_id uuid not null,
    sender bytea not null,
    taken_at timestamptz not null
);
create index mail_taken_of_sender on mail_taken (sender, taken_at);
