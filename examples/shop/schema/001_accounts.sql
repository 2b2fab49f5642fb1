-- One account per e-mail address, and one per idempotency key.
create table account (
    id              bigint generated always as identity primary key,
    idempotency_key text unique,
    name            text not null,
    email           text not null,
    created_at      timestamptz not null default now()
);

create unique index account_email on account (lower(email));

-- All that the service needs: to add, to read, and to update the one column that makes a repeated
-- request a write of its own (accounts/store.py).
grant select, insert on account to accounts;
grant update (idempotency_key) on account to accounts;
