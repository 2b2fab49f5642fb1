"""MySQL (MariaDB Galera): which member is written to, who may begin anew, who joins."""
