"""kube-controller-manager and kube-scheduler: on every node, one of each at work at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from holdfast.bundle import File
from holdfast.cluster import kubeconfigs, units
from holdfast.cluster.credentials import ClusterCredentials
from holdfast.cluster.identities import CONTROLLER_MANAGER, SCHEDULER
from holdfast.cluster.model import ClusterPlan, Node
from holdfast.cluster.places import (
    CONTROLLER_MANAGER_UNIT,
    ETC,
    PKI,
    SCHEDULER_UNIT,
    kubeconfig,
)
from holdfast.formats.documents import documents
from holdfast.timers.cluster.model import Leases

SCHEDULER_CONFIG = f"{ETC}/scheduler.yaml"


def files(plan: ClusterPlan, node: Node, credentials: ClusterCredentials) -> Iterator[File]:
    for unit, identity in (
        (CONTROLLER_MANAGER_UNIT, CONTROLLER_MANAGER),
        (SCHEDULER_UNIT, SCHEDULER),
    ):
        yield from _access(plan, node, credentials, unit, identity)
    scheduler = scheduler_configuration(plan)
    yield File(node.name, SCHEDULER_CONFIG, scheduler, restarts=(SCHEDULER_UNIT,))
    for unit, content in (
        (CONTROLLER_MANAGER_UNIT, _controller_manager(plan)),
        (SCHEDULER_UNIT, _scheduler(plan)),
    ):
        yield File(node.name, units.path(unit), content, restarts=(unit,))


def _access(
    plan: ClusterPlan, node: Node, credentials: ClusterCredentials, unit: str, identity: str
) -> Iterator[File]:
    pair, at = credentials.pairs[identity], f"/run/credentials/{unit}"
    config = kubeconfigs.by_path(
        plan.url, f"{at}/ca.crt", f"{at}/{identity}.crt", f"{at}/{identity}.key"
    )
    yield File(node.name, kubeconfig(identity), config, restarts=(unit,))
    yield File(node.name, f"{PKI}/{identity}.crt", pair.cert, restarts=(unit,))
    yield File(node.name, f"{PKI}/{identity}.key", pair.key, 0o600, secret=True, restarts=(unit,))


def controller_manager_flags(plan: ClusterPlan) -> units.Flags:
    timers = plan.timers.controller_manager
    own = f"%d/{CONTROLLER_MANAGER}.kubeconfig"
    return {
        "kubeconfig": own,
        "authentication-kubeconfig": own,
        "authorization-kubeconfig": own,
        "bind-address": "127.0.0.1",
        "client-ca-file": "%d/ca.crt",
        "root-ca-file": "%d/ca.crt",
        "service-account-private-key-file": "%d/tokens.key",
        # Each controller with the rights of its own service account, not with all of them.
        "use-service-account-credentials": True,
        "leader-elect": True,
        **_leases(timers.leases),
        "node-monitor-period": units.duration(timers.monitor_ms),
        "node-monitor-grace-period": units.duration(timers.grace_ms),
        "profiling": False,
    }


def _leases(leases: Leases) -> units.Flags:
    return {
        "leader-elect-lease-duration": units.duration(leases.duration_ms),
        "leader-elect-renew-deadline": units.duration(leases.renew_ms),
        "leader-elect-retry-period": units.duration(leases.retry_ms),
    }


def scheduler_configuration(plan: ClusterPlan) -> str:
    leases = plan.timers.scheduler.leases
    return documents(
        {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": {
                "kubeconfig": f"/run/credentials/{SCHEDULER_UNIT}/{SCHEDULER}.kubeconfig"
            },
            "leaderElection": {
                "leaderElect": True,
                "leaseDuration": units.duration(leases.duration_ms),
                "renewDeadline": units.duration(leases.renew_ms),
                "retryPeriod": units.duration(leases.retry_ms),
            },
            "enableProfiling": False,
        }
    )


def _controller_manager(plan: ClusterPlan) -> str:
    flags = controller_manager_flags(plan)
    return _unit(
        plan,
        "kube-controller-manager: notices lost nodes, replaces their pods",
        units.command("kube-controller-manager", flags),
        {
            **_credentials(CONTROLLER_MANAGER),
            "tokens.key": f"{PKI}/tokens.key",
        },
    )


def _scheduler(plan: ClusterPlan) -> str:
    own = f"%d/{SCHEDULER}.kubeconfig"
    flags: units.Flags = {
        "config": SCHEDULER_CONFIG,
        "authentication-kubeconfig": own,
        "authorization-kubeconfig": own,
        "client-ca-file": "%d/ca.crt",
        "bind-address": "127.0.0.1",
    }
    return _unit(
        plan,
        "kube-scheduler: gives new pods their nodes",
        units.command("kube-scheduler", flags),
        _credentials(SCHEDULER),
    )


def _credentials(identity: str) -> dict[str, str]:
    return {
        "ca.crt": f"{PKI}/ca.crt",
        f"{identity}.crt": f"{PKI}/{identity}.crt",
        f"{identity}.key": f"{PKI}/{identity}.key",
        f"{identity}.kubeconfig": kubeconfig(identity),
    }


def _unit(
    plan: ClusterPlan,
    description: str,
    start: tuple[str, tuple[str, ...]],
    loaded: dict[str, str],
) -> str:
    credentials: Iterable[str] = (f"LoadCredential={leaf}:{path}" for leaf, path in loaded.items())
    return units.service(
        plan,
        description,
        [start, *credentials, *units.connections(plan), *units.UNPRIVILEGED, *units.FIRST],
        ["After=network-online.target", "Wants=network-online.target"],
    )
