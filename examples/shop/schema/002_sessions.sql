-- Accounts that were made before passwords have none: nobody can sign in with them.
alter table account add column password text;

-- Who is signed in. The token itself is known to its owner only; this is its SHA-256.
create table session (
    token      bytea primary key,
    account    bigint not null references account,
    expires_at timestamptz not null
);

create index session_account on session (account);

grant select, insert, delete on session to accounts;
grant update (account) on session to accounts;
