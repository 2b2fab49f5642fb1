"""How a host is asked which of a run's writes its own member of a datastore has."""

from __future__ import annotations

from holdfast.engines.redis import ledger_key
from holdfast.pki.identities import STEWARD
from holdfast.plan.model import PlannedDatastore, PlannedPostgresql, PlannedRedis
from holdfast.plan.places import redis_etc, redis_socket

_AS = f" --user {STEWARD} --raw"


def question_of(datastore: PlannedDatastore, run: str) -> tuple[str, ...]:
    """The command that prints all keys beginning with `run`/, one per line, from the local member
    alone. Raises NotImplementedError for an engine without a ledger."""
    match datastore:
        case PlannedPostgresql():
            return _postgresql(datastore, run)
        case PlannedRedis():
            return _redis(datastore, run)
        case _:
            raise NotImplementedError(datastore.engine)


def _postgresql(datastore: PlannedPostgresql, run: str) -> tuple[str, ...]:
    return (
        "psql",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--host=/run/postgresql",
        f"--port={datastore.port}",
        "--username=postgres",
        f"--dbname={datastore.name}",
        f"--command=SELECT key FROM holdfast_probe.writes WHERE starts_with(key, '{run}/')",
    )


def _redis(datastore: PlannedRedis, run: str) -> tuple[str, ...]:
    """Of all shards, one after the other; the first that does not answer ends it with an error."""
    secrets = f"{redis_etc(datastore.name)}/steward.json"
    asks = [
        f"printf 'READONLY\\nHKEYS %s\\n' '{ledger_key(shard, run)}'"
        f" | redis-cli -e -s {redis_socket(datastore.name, shard.number)}{_AS}"
        for shard in datastore.shards
    ]
    login = (
        "REDISCLI_AUTH=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))"
        f'["password"])\' {secrets}); export REDISCLI_AUTH'
    )
    script = "; ".join(["set -e", "set -o pipefail", login, *asks])
    only = f"({script}) | {{ grep '^{run}/' || [ $? = 1 ]; }}"
    return ("bash", "-c", f"set -o pipefail; {only}")
