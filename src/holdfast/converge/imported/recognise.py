"""What kind of file it is, by what it says: the kind with most lines of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.converge.imported.readers import (
    cib,
    corosync,
    galera,
    haproxy,
    keepalived,
    kubernetes,
    nginx,
    postgresql,
    redis,
    shell,
)
from holdfast.converge.imported.reading import Reading, Source, broken
from holdfast.errors import InputError
from holdfast.finding import Finding, Severity, Where

_COMMENT = re.compile(r"^\s*[#;!].*$", re.M)
_MARK = re.compile(r"^\s*[#;] ?", re.M)
"""Of samples, in which every setting is commented out: what is left tells their kind."""


@dataclass(frozen=True)
class Kind:
    """`signs` are regular expressions for single lines."""

    name: str
    read: Callable[[Source], Reading]
    signs: re.Pattern[str]


def _kind(name: str, read: Callable[[Source], Reading], *signs: str) -> Kind:
    return Kind(name, read, re.compile("|".join(f"(?:{sign})" for sign in signs), re.M))


_KINDS = (
    _kind("cib", cib.read, r"^\s*</?(?:cib|crm_config|nvpair|primitive|op|resources|!DOCTYPE)\b"),
    _kind(
        "kubernetes",
        kubernetes.read,
        r"^apiVersion:",
        r"^kind:\s*\w",
        r"^\s*-? ?(?:extraArgs|containers|nodeRegistration|iptables|leaderElection):",
    ),
    _kind(
        "patroni",
        postgresql.patroni,
        r"^(?:scope|namespace|restapi|bootstrap|loop_wait|ttl|retry_timeout|etcd3?|consul):",
        r"^\s+(?:dcs|loop_wait|ttl|retry_timeout|maximum_lag_on_failover|use_pg_rewind):",
    ),
    _kind("corosync", corosync.read, r"^\s*(?:totem|nodelist|quorum|logging|node)\s*\{"),
    _kind(
        "keepalived",
        keepalived.read,
        r"^\s*(?:vrrp_\w+|virtual_ipaddress|global_defs|virtual_server|track_script)\b",
        r"^\s*(?:advert_int|virtual_router_id|priority|state (?:MASTER|BACKUP))\b",
    ),
    _kind(
        "nginx",
        nginx.read,
        r"^\s*(?:upstream\s+\S+|stream|http|events|server|location\s.*)\s*\{",
        r"^\s*proxy_\w+\s.*;",
    ),
    _kind(
        "haproxy",
        haproxy.read,
        r"^\s*(?:global|defaults|(?:frontend|backend|listen)\s+\S+)\s*$",
        r"^\s*(?:bind|balance|option|default-server|timeout (?:connect|client|server)|mode)\s",
        r"^\s*server\s+\S+\s+\S+:\d+",
    ),
    _kind(
        "galera",
        galera.read,
        r"^\s*wsrep[_-]\w+",
        r"^\s*(?:evs|gmcast|pc)\.\w+\s*=",
        r"^\[(?:mysqld|mariadb|mariadbd|galera|server)\b",
    ),
    _kind(
        "redis",
        redis.read,
        r"^(?:cluster-|repl-|appendonly|appendfsync|min-(?:replicas|slaves)-|replicaof|save )\S*",
        r"^(?:sentinel |maxmemory|requirepass|masterauth|protected-mode|dbfilename)",
    ),
    _kind(
        "postgresql",
        postgresql.read,
        r"^\s*(?:wal_\w+|hot_standby\w*|max_wal_\w+|shared_buffers|listen_addresses|data_directory"
        r"|synchronous_\w+|max_connections|primary_conninfo|tcp_\w+|max_standby_\w+)\s*=",
    ),
    _kind(
        "command",
        shell.read,
        r"(?:^|[\s/=])(?:kube-(?:apiserver|controller-manager|scheduler|proxy)|kubelet|etcd)\s",
        r"^\s*(?:export\s+)?(?:KUBE\w*|ETCD)_\w+=",
        r"^\s*--?(?:etcd-|kube|leader-elect|node-|initial-cluster|listen-|heartbeat|election)\S*",
    ),
)

_WHAT = (
    "haproxy.cfg, nginx.conf, keepalived.conf, corosync.conf, a CIB as XML, unit files or commands "
    "of etcd and kube-*, YAML of kubeadm, kubelet, kube-proxy or static pods, postgresql.conf, "
    "patroni.yml, my.cnf with wsrep options, redis.conf"
)


def kind_of(source: Source) -> Kind:
    """Raises InputError when nothing in it is known."""
    best = _best(_COMMENT.sub("", source.text)) or _best(_MARK.sub("", source.text))
    if best is None:
        finding = Finding(
            "import-unknown",
            Severity.ERROR,
            "nothing in it is known",
            f"give {_WHAT}",
            where=Where(source.file),
        )
        raise InputError(f"{source.file} cannot be read", findings=(finding,))
    return best


def _best(text: str) -> Kind | None:
    scores = {kind.name: len(kind.signs.findall(text)) for kind in _KINDS}
    best = max(_KINDS, key=lambda kind: scores[kind.name])
    return best if scores[best.name] else None


def read_as(kind: str, source: Source) -> Reading:
    """Of a kind that is known already. Raises InputError with the line that cannot be."""
    return next(each for each in _KINDS if each.name == kind).read(source)


def read(source: Source) -> Reading:
    """Recognise and read. Raises InputError with the line that cannot be."""
    try:
        return kind_of(source).read(source)
    except RecursionError:
        raise broken(Where(source.file), "nested too deep", "is this the right file?") from None
