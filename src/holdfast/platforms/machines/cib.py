"""pacemaker's configuration, the CIB (Pacemaker Explained), the same on every host."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from holdfast.formats.xml import Element, element, render
from holdfast.plan import places
from holdfast.plan.model import Plan, PlannedHost, PlannedService
from holdfast.spec.model import Redfish
from holdfast.timers.model import Pacemaker

ROLES = "roles"
FENCE = "fence_holdfast"
"""Agents of ours, by the names of their files."""
_SCHEMA = "pacemaker-4.0"
_STICKINESS = 100
"""Any number above zero: nothing moves without need."""


def configuration(plan: Plan) -> str:
    """As a whole CIB, which crm_verify can judge; the deployment takes its sections."""
    sections = element(
        "configuration",
        element("crm_config", _options(plan)),
        element("nodes", *(_node(host) for host in plan.hosts)),
        element("resources", *_resources(plan)),
        element("constraints", *(_elsewhere(host) for host in plan.fenced)),
        element("rsc_defaults", _defaults(plan.timers.pacemaker)),
    )
    versions = (("admin_epoch", "0"), ("epoch", "1"), ("num_updates", "0"))
    schema = ("validate-with", _SCHEMA)
    return render(Element("cib", (schema, *versions), (sections, element("status"))))


def _options(plan: Plan) -> Element:
    """In a set of our own: pacemaker keeps its own notes in another one."""
    timers = plan.timers.pacemaker
    return _pairs(
        "cluster_property_set",
        "holdfast",
        {
            "stonith-enabled": "true",
            "stonith-action": "reboot",
            "stonith-timeout": f"{timers.patience_s + timers.stonith_timeout_s}s",
            "stonith-max-attempts": str(timers.stonith_attempts),
            "concurrent-fencing": "true",
            "no-quorum-policy": "stop",
            "dc-deadtime": f"{timers.dc_deadtime_s}s",
            "cluster-recheck-interval": f"{timers.recheck_s}s",
        },
    )


def _defaults(timers: Pacemaker) -> Element:
    pairs = {
        "resource-stickiness": str(_STICKINESS),
        "failure-timeout": f"{timers.failure_timeout_s}s",
    }
    return _pairs("meta_attributes", "holdfast-defaults", pairs)


def _node(host: PlannedHost) -> Element:
    return element("node", id=str(host.node_id), uname=host.name)


def _resources(plan: Plan) -> Iterator[Element]:
    for host in plan.fenced:
        yield _fence(host, plan.timers.pacemaker)
    for service in plan.services:
        if service.spec.singleton:
            yield _singleton(service, plan.timers.pacemaker)
    yield _roles(plan.timers.pacemaker)


def _fence(host: PlannedHost, timers: Pacemaker) -> Element:
    """The host's own BMC, asked with the account that may switch this host only."""
    name = places.fence_name(host.name)
    assert host.fence.redfish is not None
    return element(
        "primitive",
        _pairs("instance_attributes", f"{name}-with", _redfish(host.name, host.fence.redfish)),
        element(
            "operations",
            _operation(name, "monitor", timers.fence_monitor_s, timers.operation_s),
            _operation(name, "start", 0, timers.operation_s),
        ),
        id=name,
        class_="stonith",
        type=FENCE,
    )


def _redfish(host: str, bmc: Redfish) -> dict[str, str]:
    """systems_uri always: without it the agent takes the last system that it is told of."""
    url = urlsplit(bmc.url)
    return {
        "ip": url.hostname or "",
        "ipport": str(url.port or 443),
        "systems_uri": url.path.rstrip("/"),
        "username": bmc.user,
        "password_script": f"cat {places.bmc_password(host)}",
        "ssl_secure": "1",
        "pcmk_host_list": host,
        "pcmk_host_check": "static-list",
        # Once: to refuse is no failure to be tried again at once.
        "pcmk_reboot_retries": "1",
        "pcmk_off_retries": "1",
    }


def _elsewhere(host: PlannedHost) -> Element:
    """Nobody shoots himself."""
    name = places.fence_name(host.name)
    return element(
        "rsc_location", id=f"{name}-elsewhere", rsc=name, node=host.name, score="-INFINITY"
    )


def _singleton(service: PlannedService, timers: Pacemaker) -> Element:
    """Started elsewhere only when a lost host is certain to be off, which is pacemaker's default
    (requires=fencing), as is to fence a host where it cannot be stopped."""
    unit = places.service_unit(service.name, service.instances[0].index)
    name = service.name
    return element(
        "primitive",
        element(
            "operations",
            _operation(name, "monitor", timers.singleton_monitor_s, timers.systemd_s),
            _operation(name, "start", 0, timers.systemd_s),
            _operation(name, "stop", 0, timers.systemd_s),
        ),
        id=name,
        class_="systemd",
        type=unit.removesuffix(".service"),
    )


def _roles(timers: Pacemaker) -> Element:
    """Running on a host: its steward may take primaries' roles. It needs neither quorum nor
    fencing, and a host is never fenced because of it."""
    primitive = element(
        "primitive",
        _pairs("meta_attributes", f"{ROLES}-is", {"requires": "nothing"}),
        element(
            "operations",
            _operation(ROLES, "start", 0, timers.operation_s, "ignore"),
            _operation(ROLES, "stop", 0, timers.operation_s, "ignore"),
        ),
        id=ROLES,
        class_="ocf",
        provider="holdfast",
        type=ROLES,
    )
    return element("clone", primitive, id=f"{ROLES}-everywhere")


def _operation(of: str, name: str, interval_s: int, timeout_s: int, on_fail: str = "") -> Element:
    """A one-off has the interval 0."""
    extra = {"on_fail": on_fail} if on_fail else {}
    return element(
        "op",
        id=f"{of}-{name}",
        name=name,
        interval=f"{interval_s}s",
        timeout=f"{timeout_s}s",
        **extra,
    )


def _pairs(kind: str, name: str, pairs: dict[str, str]) -> Element:
    return element(
        kind,
        *(element("nvpair", id=f"{name}-{key}", name=key, value=pairs[key]) for key in pairs),
        id=name,
    )
