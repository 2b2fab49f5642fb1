"""How a host is asked which of a run's writes its own member of a datastore has."""

from __future__ import annotations

from holdfast.engines.redis import ledger_key
from holdfast.plan.model import (
    Plan,
    PlannedDatastore,
    PlannedMysql,
    PlannedPostgresql,
    PlannedRedis,
)
from holdfast.plan.places import LIB, mysql_socket, redis_etc, redis_socket
from holdfast.spec.journey import Ledger

JOURNEY = "journey "
"""What a ledger is called that belongs to a journey; followed by the journey's own name."""

_LIMIT_S = 10
_REDIS_SCRIPT = """\
import json, sys
from pathlib import Path
sys.path.insert(0, "{lib}")
from steward.redis.resp import Connection
secrets = json.loads(Path(sys.argv[1]).read_text())
for path, key in zip(sys.argv[2::2], sys.argv[3::2]):
    connection = Connection(Path(path), {limit})
    connection.ask("AUTH", secrets["user"], secrets["password"])
    connection.ask("READONLY")
    print(*connection.ask("HKEYS", key), sep="\\n")
"""
"""With what the steward itself asks by: any refusal or silence is an error."""


def question(plan: Plan, ledger: str, run: str) -> tuple[str, ...]:
    """The command that prints all keys beginning with `run`/ that are there exactly once, one per
    line, from the local member alone. `ledger` names a datastore, or a journey by JOURNEY."""
    if not ledger.startswith(JOURNEY):
        return question_of(plan.datastore(ledger), run)
    kept = plan.journeys[ledger.removeprefix(JOURNEY)].ledger
    if kept is None:
        raise ValueError(f"the {ledger} has no ledger")
    return _tables_of(plan.datastore(kept.datastore), kept, run)


def _tables_of(datastore: PlannedDatastore, kept: Ledger, run: str) -> tuple[str, ...]:
    """The business's own table; its names are of letters, digits and '_'."""
    match datastore:
        case PlannedPostgresql():
            return _psql(
                datastore,
                f'SELECT "{kept.column}" FROM "{kept.table}" WHERE starts_with("{kept.column}",'
                f" '{run}/') GROUP BY 1 HAVING count(*) = 1",
            )
        case PlannedMysql():
            return _mariadb(
                datastore,
                f"SELECT `{kept.column}` FROM `{kept.table}` WHERE `{kept.column}` LIKE '{run}/%'"
                " GROUP BY 1 HAVING count(*) = 1",
            )
        case PlannedRedis():
            raise ValueError(f"{datastore.name} has no tables")


def question_of(datastore: PlannedDatastore, run: str) -> tuple[str, ...]:
    """The command that prints all keys beginning with `run`/, one per line, from the local member
    alone."""
    match datastore:
        case PlannedPostgresql():
            return _postgresql(datastore, run)
        case PlannedRedis():
            return _redis(datastore, run)
        case PlannedMysql():
            return _mysql(datastore, run)


def _postgresql(datastore: PlannedPostgresql, run: str) -> tuple[str, ...]:
    return _psql(
        datastore, f"SELECT key FROM holdfast_probe.writes WHERE starts_with(key, '{run}/')"
    )


def _psql(datastore: PlannedPostgresql, query: str) -> tuple[str, ...]:
    return (
        "psql",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--host=/run/postgresql",
        f"--port={datastore.port}",
        "--username=postgres",
        f"--dbname={datastore.name}",
        f"--command={query}",
    )


def _mariadb(datastore: PlannedMysql, query: str) -> tuple[str, ...]:
    """A member that has lost its group answers too, and none waits for the others first."""
    return (
        "mariadb",
        "--no-defaults",
        f"--socket={mysql_socket(datastore.name)}",
        "--user=root",
        "--batch",
        "--skip-column-names",
        f"--database={datastore.name}",
        "--init-command=SET SESSION wsrep_dirty_reads=ON, SESSION wsrep_sync_wait=0",
        f"--execute={query}",
    )


def _mysql(datastore: PlannedMysql, run: str) -> tuple[str, ...]:
    return _mariadb(
        datastore, f"SELECT `key` FROM holdfast_probe.writes WHERE `key` LIKE '{run}/%'"
    )


def _redis(datastore: PlannedRedis, run: str) -> tuple[str, ...]:
    """Of all shards, one after the other; the first that does not answer ends it with an error.

    Not through redis-cli: what is refused to its standard input, it prints, and is content.
    """
    asked = (
        word
        for shard in datastore.shards
        for word in (redis_socket(datastore.name, shard.number), ledger_key(shard, run))
    )
    script = _REDIS_SCRIPT.format(lib=LIB, limit=_LIMIT_S)
    return ("python3", "-B", "-c", script, f"{redis_etc(datastore.name)}/steward.json", *asked)
