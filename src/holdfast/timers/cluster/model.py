"""What decides how long a cluster is without its API, and a Service without its pod.

Names follow the components' own. Units are in the names; `docs/explanation/convergence.md` says
what each one costs.
"""

from __future__ import annotations

from holdfast.timers.model import Corosync, Group


class Etcd(Group):
    """Raft: followers wait `election_ms` for a heartbeat, plus a random share of it."""

    heartbeat_ms: int
    election_ms: int


class Leases(Group):
    """Leader election by lease (client-go/tools/leaderelection): a standby takes over when it has
    not seen the lease renewed for `duration_ms`, and looks every `retry_ms` x 1 .. 2.2."""

    duration_ms: int
    renew_ms: int
    retry_ms: int


class Apiserver(Group):
    """Tolerations given to pods that name none, in seconds (DefaultTolerationSeconds): how long
    a pod stays bound to a node that is not ready, or not heard of."""

    not_ready_s: int
    unreachable_s: int


class ControllerManager(Group):
    """The node lifecycle controller: looks every `monitor_ms`, and calls a node lost that has not
    been heard of for `grace_ms`."""

    monitor_ms: int
    grace_ms: int
    leases: Leases


class Scheduler(Group):
    leases: Leases


class Kubelet(Group):
    """The node's heartbeat is its lease, renewed every quarter of `lease_s`, which is a whole
    number of seconds. Status goes out when it changes, looked at every `status_ms`, and else every
    `report_ms`."""

    status_ms: int
    report_ms: int
    lease_s: int

    @property
    def renew_ms(self) -> int:
        """nodeLeaseRenewIntervalFraction, pkg/kubelet/kubelet.go."""
        return self.lease_s * 250


class KubeProxy(Group):
    """Rules are written at most every `min_sync_ms`, and in full every `sync_ms`. kube-proxy takes
    a minimum of 0 in its file for its default of one second, so the least is 1 ms."""

    sync_ms: int
    min_sync_ms: int


class Connections(Group):
    """HTTP/2 health of client connections, in seconds: a ping after `read_idle_s` of silence, the
    end after `ping_s` without its answer (HTTP2_*_TIMEOUT_SECONDS of k8s.io/apimachinery)."""

    read_idle_s: int
    ping_s: int


class Haproxy(Group):
    """haproxy before the API servers. `own_first`: the others are only asked while the node's own
    does not answer. `shutdown_sessions`: established connections end with their server.
    `hello_check`: a check is a TLS hello, not a connection alone."""

    connect_ms: int
    client_ms: int
    server_ms: int
    inter_ms: int
    fastinter_ms: int
    downinter_ms: int
    fall: int
    rise: int
    retries: int
    own_first: bool
    shutdown_sessions: bool
    queue_ms: int | None = None
    fin_ms: int | None = None
    hello_check: bool = False


class Nginx(Group):
    """ngx_stream_proxy_module; checks are passive. With `max_fails` 0 a dead server stays in.
    `keepalive_s`: idle seconds before the kernel asks whether a peer lives; None leaves it out."""

    connect_ms: int
    timeout_ms: int
    max_fails: int
    fail_timeout_ms: int
    keepalive_s: int | None


class Keepalived(Group):
    """The outside pair's address. VRRP version 2 knows whole seconds only."""

    advert_ms: int
    version: int


class NodeAgent(Group):
    """A lost node is knocked at every `knock_every_ms`, for `knock_timeout_ms`, and is silent
    after `knocks` without an answer. Without a quorum a node stops its workloads after `alone_ms`;
    the others count on that `margin_ms` later, which covers noticing, starting the agent anew and
    stopping. What was done is looked at again every `recheck_ms`. `api_ms`, `bmc_every_ms`: how
    long an API server may take, and a BMC, which is asked as often."""

    knock_every_ms: int
    knock_timeout_ms: int
    knocks: int
    alone_ms: int
    margin_ms: int
    recheck_ms: int
    api_ms: int
    bmc_every_ms: int
    watchdog_s: int


class Systemd(Group):
    """How long a component that has died stays away."""

    restart_ms: int


class ClusterTimers(Group):
    profile: str
    etcd: Etcd
    apiserver: Apiserver
    controller_manager: ControllerManager
    scheduler: Scheduler
    kubelet: Kubelet
    kube_proxy: KubeProxy
    connections: Connections
    haproxy: Haproxy
    nginx: Nginx
    keepalived: Keepalived
    corosync: Corosync
    node_agent: NodeAgent
    systemd: Systemd
