-- What was settled together, and by whom.
create table settlement (
    id         bigint unsigned not null auto_increment primary key,
    term       bigint unsigned not null,
    settled_by varchar(64) not null,
    orders     int unsigned not null,
    total      bigint unsigned not null comment 'cents',
    settled_at timestamp(3) not null default current_timestamp(3)
) engine = InnoDB default charset = utf8mb4;

-- Belt and braces: pacemaker runs one settlement job; should there ever be two, only the holder of
-- the latest term can commit.
create table lease (
    name    varchar(32) not null primary key,
    holder  varchar(64) not null,
    term    bigint unsigned not null,
    ends_at timestamp(3) not null
) engine = InnoDB default charset = utf8mb4;

insert into lease (name, holder, term, ends_at) values ('settlement', '', 0, '2000-01-01');

grant select on settlement to orders;
grant select, insert on settlement to settlement;
grant select, update (holder, term, ends_at) on lease to settlement;
grant select (id, total, settlement), update (settlement) on purchase to settlement;
