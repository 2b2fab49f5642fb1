"""The named profiles. *stock*: as upstream ships it. *legacy*: stock, with the balancers and the
kube-proxy of a careful hand-built cluster of 2019. *fast*: the best worst case of one quiet
network. *balanced*: between the two, for slow disks and longer links.
"""

from __future__ import annotations

from holdfast.timers.cluster.model import (
    Apiserver,
    ClusterTimers,
    Connections,
    ControllerManager,
    Etcd,
    Haproxy,
    Keepalived,
    Kubelet,
    KubeProxy,
    Leases,
    Nginx,
    NodeAgent,
    Scheduler,
    Systemd,
)
from holdfast.timers.profiles import BALANCED as MACHINES_BALANCED
from holdfast.timers.profiles import FAST as MACHINES_FAST
from holdfast.timers.profiles import STOCK as MACHINES_STOCK

_HOUR_MS = 3_600_000

_STOCK_LEASES = Leases(duration_ms=15_000, renew_ms=10_000, retry_ms=2000)
"""RecommendedDefaultLeaderElectionConfiguration, k8s.io/component-base/config/v1alpha1."""

STOCK = ClusterTimers(
    profile="stock",
    # etcd/server/embed/config.go: TickMs, ElectionMs.
    etcd=Etcd(heartbeat_ms=100, election_ms=1000),
    # plugin/pkg/admission/defaulttolerationseconds/admission.go.
    apiserver=Apiserver(not_ready_s=300, unreachable_s=300),
    # pkg/controller/nodelifecycle/config/v1alpha1/defaults.go; 40 s before Kubernetes 1.32.
    controller_manager=ControllerManager(monitor_ms=5000, grace_ms=50_000, leases=_STOCK_LEASES),
    scheduler=Scheduler(leases=_STOCK_LEASES),
    # pkg/kubelet/apis/config/v1beta1/defaults.go.
    kubelet=Kubelet(status_ms=10_000, report_ms=300_000, lease_s=40),
    # pkg/proxy/apis/config/v1alpha1/defaults.go.
    kube_proxy=KubeProxy(sync_ms=30_000, min_sync_ms=1000),
    # apimachinery/pkg/util/net/http.go.
    connections=Connections(read_idle_s=30, ping_s=15),
    # inter, fall, rise, retries as haproxy's manual has them; it has no default for the first
    # three: connect as in Debian's file, the others long enough for a watch.
    haproxy=Haproxy(
        connect_ms=5000,
        client_ms=_HOUR_MS,
        server_ms=_HOUR_MS,
        inter_ms=2000,
        fastinter_ms=2000,
        downinter_ms=2000,
        fall=3,
        rise=2,
        retries=3,
        own_first=False,
        shutdown_sessions=False,
    ),
    # ngx_stream_proxy_module and ngx_stream_upstream_module.
    nginx=Nginx(
        connect_ms=60_000, timeout_ms=600_000, max_fails=1, fail_timeout_ms=10_000, keepalive_s=None
    ),
    keepalived=Keepalived(advert_ms=1000, version=2),
    corosync=MACHINES_STOCK.corosync,
    # Ours have no upstream: long enough for whoever has corosync's own timers.
    node_agent=NodeAgent(
        knock_every_ms=500,
        knock_timeout_ms=1000,
        knocks=3,
        alone_ms=30_000,
        margin_ms=30_000,
        recheck_ms=10_000,
        api_ms=10_000,
        bmc_every_ms=2000,
        watchdog_s=10,
    ),
    systemd=Systemd(restart_ms=100),
)

LEGACY = STOCK.model_copy(
    update={
        "profile": "legacy",
        "kube_proxy": KubeProxy(sync_ms=300_000, min_sync_ms=60_000),
        "haproxy": Haproxy(
            connect_ms=10_000,
            client_ms=600_000,
            server_ms=600_000,
            inter_ms=60_000,
            fastinter_ms=60_000,
            downinter_ms=60_000,
            fall=3,
            rise=3,
            retries=3,
            own_first=False,
            shutdown_sessions=False,
            queue_ms=5000,
            fin_ms=5000,
            hello_check=True,
        ),
        "nginx": Nginx(
            connect_ms=10_000,
            timeout_ms=600_000,
            max_fails=0,
            fail_timeout_ms=600_000,
            keepalive_s=None,
        ),
    }
)

_FAST_LEASES = Leases(duration_ms=3000, renew_ms=2000, retry_ms=250)

FAST = STOCK.model_copy(
    update={
        "profile": "fast",
        # At 250 ms of election timeout a busy machine elects by itself, for 0.4 s gained.
        "etcd": Etcd(heartbeat_ms=50, election_ms=500),
        "apiserver": Apiserver(not_ready_s=0, unreachable_s=0),
        "controller_manager": ControllerManager(monitor_ms=250, grace_ms=4000, leases=_FAST_LEASES),
        "scheduler": Scheduler(leases=_FAST_LEASES),
        "kubelet": Kubelet(status_ms=1000, report_ms=60_000, lease_s=4),
        "kube_proxy": KubeProxy(sync_ms=30_000, min_sync_ms=1),
        "connections": Connections(read_idle_s=2, ping_s=2),
        "haproxy": Haproxy(
            connect_ms=300,
            client_ms=_HOUR_MS,
            server_ms=_HOUR_MS,
            inter_ms=300,
            fastinter_ms=100,
            downinter_ms=500,
            fall=2,
            rise=2,
            retries=2,
            own_first=True,
            shutdown_sessions=True,
        ),
        "nginx": Nginx(
            connect_ms=300, timeout_ms=600_000, max_fails=1, fail_timeout_ms=5000, keepalive_s=2
        ),
        "keepalived": Keepalived(advert_ms=100, version=3),
        "corosync": MACHINES_FAST.corosync,
        # A kernel answers within a millisecond on one network, however busy its host is.
        "node_agent": NodeAgent(
            knock_every_ms=50,
            knock_timeout_ms=100,
            knocks=2,
            alone_ms=5000,
            margin_ms=10_000,
            recheck_ms=10_000,
            api_ms=5000,
            bmc_every_ms=1000,
            watchdog_s=5,
        ),
    }
)

_BALANCED_LEASES = Leases(duration_ms=8000, renew_ms=5000, retry_ms=1000)

BALANCED = FAST.model_copy(
    update={
        "profile": "balanced",
        "etcd": Etcd(heartbeat_ms=100, election_ms=1000),
        "apiserver": Apiserver(not_ready_s=30, unreachable_s=30),
        "controller_manager": ControllerManager(
            monitor_ms=1000, grace_ms=15_000, leases=_BALANCED_LEASES
        ),
        "scheduler": Scheduler(leases=_BALANCED_LEASES),
        "kubelet": Kubelet(status_ms=4000, report_ms=120_000, lease_s=12),
        "connections": Connections(read_idle_s=5, ping_s=5),
        "haproxy": FAST.haproxy.model_copy(
            update={
                "connect_ms": 1000,
                "inter_ms": 1000,
                "fastinter_ms": 500,
                "downinter_ms": 1000,
                "fall": 3,
            }
        ),
        "nginx": FAST.nginx.model_copy(update={"connect_ms": 1000, "keepalive_s": 5}),
        "keepalived": Keepalived(advert_ms=300, version=3),
        "corosync": MACHINES_BALANCED.corosync,
        "node_agent": NodeAgent(
            knock_every_ms=200,
            knock_timeout_ms=500,
            knocks=3,
            alone_ms=10_000,
            margin_ms=15_000,
            recheck_ms=10_000,
            api_ms=10_000,
            bmc_every_ms=1000,
            watchdog_s=10,
        ),
    }
)

PROFILES = {"legacy": LEGACY, "stock": STOCK, "balanced": BALANCED, "fast": FAST}
