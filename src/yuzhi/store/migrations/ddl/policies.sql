-- Questions of policy and their answers, as the city published them.
create table policy (
    id text primary key,
    question text not null,
    answer text not null,
    source text not null,
    topic text not null,
    valid_from date,
    valid_to date,
    updated_at timestamptz not null,
    check (valid_to > valid_from)
);
create index policy_by_topic on policy (topic, id);

-- What an answer is looked up by: words of letters whole, Chinese by every two neighbours, the more weighty
-- where it stands in the question.
create table policy_key (
    key text collate "C" not null,
    policy text not null references policy on delete cascade,
    weight smallint not null,
    primary key (key, policy)
);
create index policy_key_by_policy on policy_key (policy);
