"""Where things are, on every host alike: ports, folders, units and names.

The one list of agreements between rendering, the agents on the hosts, drills and probes.
"""

from __future__ import annotations

EDGE_PORT = 443
SSH_PORT = 22
COROSYNC_PORT = 5405
STEWARD_PORT = 8008
"""The steward's role check and status over TLS with client certificates, on the host's address."""
PEERS_PORT = 8009
"""haproxy's to the other hosts' haproxy, over TLS with the hosts' certificates: rate limits."""
METRICS_PORT = 8404
"""haproxy's figures for Prometheus, on the host's address, for operators."""

POSTGRESQL_PORT = 5432
MYSQL_PORT = 3306
CLIENT_PORT = 6432
READ_PORT = 6532
GATE_PORT = 7432
"""The first datastore's; the next one has the next number."""

GALERA_PORT = 4567
"""The first datastore's group communication. Incremental state transfer is on the next port, the
full one on the port after that; the next datastore's begin PORTS_PER_GALERA further."""
PORTS_PER_GALERA = 10

REDIS_PORT = 7001
"""The first datastore's first shard; the next shard has the next number, and the next datastore's
first shard is PORTS_PER_REDIS further."""
PORTS_PER_REDIS = 20
REDIS_BUS = 10_000
"""What Redis adds to a member's port for its cluster bus."""

ETC = "/etc/holdfast"
LIB = "/usr/lib/holdfast"
VAR = "/var/lib/holdfast"
PKI = f"{ETC}/pki"
CA_CERT = f"{PKI}/ca.crt"
HOST_CERT = f"{PKI}/host.crt"
HOST_KEY = f"{PKI}/host.key"
HOST_PEM = f"{PKI}/host.pem"
EDGE_PEM = f"{PKI}/edge.pem"
GATEWAY = f"{ETC}/gateway"
ROUTES_MAP = f"{GATEWAY}/routes.map"
"""haproxy map: a route's path and a slash -> the route's path."""
TOKEN_KEYS_MAP = f"{GATEWAY}/keys.map"
"""haproxy map: key id -> yes or no, whether tokens signed with that key are accepted."""
STEWARD_CONFIG = f"{ETC}/steward.json"
STEWARD_STATE = f"{VAR}/steward"
STEWARD_SOCKET = "/run/holdfast/steward.sock"
HAPROXY_SOCKET = "/run/haproxy/admin.sock"
STEWARD_UNIT = "holdfast-steward.service"
PACEMAKER_UNIT = "pacemaker.service"
PACEMAKER_ETC = f"{ETC}/pacemaker"
CIB = f"{PACEMAKER_ETC}/cib.xml"
BMC_CA = f"{PACEMAKER_ETC}/bmc-ca.crt"
OCF = "/usr/lib/ocf/resource.d/holdfast"
"""Resource agents of ours."""
FENCE_AGENTS = "/usr/sbin"
"""Where pacemaker looks for fencing agents, and nowhere else."""


def bmc_password(host: str) -> str:
    """Of the account at the host's BMC; on all hosts but that one."""
    return f"{PACEMAKER_ETC}/{host}.password"


def fence_name(host: str) -> str:
    """pacemaker's name for the host's fencing device."""
    return f"fence-{host}"


def postgresql_unit(datastore: str) -> str:
    """Started and stopped by the steward only."""
    return f"holdfast-postgresql-{datastore}.service"


def postgresql_etc(datastore: str) -> str:
    return f"{ETC}/postgresql/{datastore}"


def postgresql_data(datastore: str) -> str:
    return f"{VAR}/postgresql/{datastore}/data"


def mysql_unit(datastore: str) -> str:
    """Started and stopped by the steward only."""
    return f"holdfast-mysql-{datastore}.service"


def mysql_etc(datastore: str) -> str:
    return f"{ETC}/mysql/{datastore}"


def mysql_data(datastore: str) -> str:
    return f"{VAR}/mysql/{datastore}/data"


def mysql_run(datastore: str) -> str:
    """Folder with the member's unix socket, mysqld.sock; there while it runs."""
    return f"/run/holdfast-mysql-{datastore}"


def mysql_socket(datastore: str) -> str:
    return f"{mysql_run(datastore)}/mysqld.sock"


def mysql_arguments(datastore: str) -> str:
    """Environment file in which the steward says how the member is to start this time."""
    return f"{STEWARD_STATE}/{datastore}.arguments"


def redis_unit(datastore: str, shard: int) -> str:
    """One member of a shard; every host has one of each."""
    return f"holdfast-redis-{datastore}@{shard}.service"


def redis_etc(datastore: str) -> str:
    return f"{ETC}/redis/{datastore}"


def redis_data(datastore: str, shard: int) -> str:
    return f"{VAR}/redis/{datastore}/{shard}"


def redis_socket(datastore: str, shard: int) -> str:
    """For the steward, and for people on the host."""
    return f"/run/{redis_runtime(datastore)}-{shard}/redis.sock"


def redis_runtime(datastore: str) -> str:
    """Under /run; one folder per shard, with its number."""
    return f"holdfast-redis/{datastore}"


def shard_name(datastore: str, shard: int) -> str:
    """A shard's keeper, status and victims go by this name, as a datastore's do by its own."""
    return f"{datastore}/{shard}"


def service_unit(service: str, index: int) -> str:
    return f"holdfast-{service}@{index}.service"


def service_dir(service: str) -> str:
    return f"/opt/holdfast/{service}"


def primary_backend(datastore: str) -> str:
    """haproxy backend that leads clients to the primary; one server per host, by host name."""
    return f"primary-{datastore}"


def reader_backend(datastore: str) -> str:
    """haproxy backend that spreads reads over all members in sync; servers named by host."""
    return f"readers-{datastore}"


def gate_backend(datastore: str) -> str:
    """haproxy backend through which this host replicates; at most one server is ever ready."""
    return f"gate-{datastore}"


def token_key(kid: str) -> str:
    """Public key that haproxy verifies tokens with."""
    return f"{GATEWAY}/{kid}.pem"


def service_backend(service: str) -> str:
    """haproxy backend of a service; servers are named <host>-<instance>."""
    return f"service-{service}"


def database_name(datastore: str) -> str:
    """TLS name that a datastore's members answer to, whichever host plays primary."""
    return f"{datastore}.holdfast.internal"


def service_name(service: str) -> str:
    """TLS name that every instance of a service answers to."""
    return f"{service}.services.holdfast.internal"


def service_etc(service: str) -> str:
    return f"{ETC}/services/{service}"


def schema_dir(datastore: str) -> str:
    """Folder of numbered .sql files that the steward applies to the primary, each once."""
    return f"{ETC}/schema/{datastore}"


def seed_archive(datastore: str) -> str:
    """A fresh datastore's data, until every host has them."""
    return f"{STEWARD_STATE}/seed-{datastore}.tar.gz"
