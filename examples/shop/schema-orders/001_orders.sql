-- One order per person and idempotency key, however often it is sent.
create table purchase (
    id         bigint unsigned not null auto_increment primary key,
    subject    varchar(64)  character set ascii collate ascii_bin not null,
    request    varchar(128) character set ascii collate ascii_bin not null,
    total      int unsigned not null comment 'cents',
    placed_at  timestamp(3) not null default current_timestamp(3),
    settlement bigint unsigned null,
    unique key purchase_once (subject, request),
    key purchase_newest (subject, id),
    key purchase_open (settlement, id)
) engine = InnoDB default charset = utf8mb4;

create table purchase_line (
    purchase bigint unsigned not null,
    item     varchar(32) character set ascii collate ascii_bin not null,
    quantity smallint unsigned not null,
    price    int unsigned not null comment 'cents each, when it was ordered',
    primary key (purchase, item),
    constraint line_of foreign key (purchase) references purchase (id)
) engine = InnoDB default charset = utf8mb4;

-- The person's own rows are found by the service, which knows who asks. It never changes or takes
-- away an order.
grant select, insert on purchase to orders;
grant select, insert on purchase_line to orders;
