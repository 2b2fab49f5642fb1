"""The second time: until a Service whose only pod died with its node reaches the replacement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from holdfast.converge import kinds
from holdfast.converge.api import election
from holdfast.converge.cut import Client, Cut
from holdfast.converge.phases import Course, Milestone, course
from holdfast.drill.timeline import Event

NAME = "the Service reaches the replacement"
GROUP = kinds.way(kinds.SOLO, kinds.CLUSTER_IP)


def service(cut: Cut) -> Course:
    """As the surviving node sees it that was served last, through the Service's own address."""
    worst = _worst(cut)
    lost = _by_agents if cut.timeline.header.node_agent else _by_controllers
    milestones = (election(cut), *lost(cut), *_pod(cut), *_rules(cut, worst))
    return course(NAME, milestones, cut.watched_s)


def _worst(cut: Cut) -> Client | None:
    """Served last; one that was never served is worse than any other."""
    clients = cut.clients(GROUP)
    return max(
        clients,
        key=lambda c: float("inf") if c.first_good is None else c.first_good.done,
        default=None,
    )


def _by_controllers(cut: Cut) -> Iterator[Milestone]:
    """From the lost node to the deletion of its pod: all of it the controller-manager's work."""
    lost = _first(cut.said(kinds.NODE, kinds.LOST, about=cut.victim))
    yield from _takeover(cut, lost)
    yield _milestone(
        cut,
        "the node is NotReady",
        lost,
        (
            "controller_manager.grace_ms",
            "controller_manager.monitor_ms",
            "kubelet.lease_s",
        ),
    )
    yield _milestone(cut, "the NoExecute taint", _tainted(cut))
    yield _milestone(cut, "its pod is evicted", _evicted(cut), ("apiserver.unreachable_s",))


def _by_agents(cut: Cut) -> Iterator[Milestone]:
    """The same where the nodes' agents see to it. The controller-manager is only waited for to
    make the replacement."""
    noticed = ("corosync.token_ms", "node_agent.knock_timeout_ms", "node_agent.knocks")
    yield _milestone(cut, "the NoExecute taint", _tainted(cut), noticed)
    yield _milestone(cut, "its pod is evicted", _evicted(cut))
    yield from _takeover(cut, _first(cut.said(kinds.POD, kinds.CREATED, about=kinds.SOLO)))


def _tainted(cut: Cut) -> Event | None:
    told = cut.said(kinds.NODE, kinds.TAINTED, about=cut.victim)
    return next((event for event in told if event.detail.endswith(kinds.NO_EXECUTE)), None)


def _evicted(cut: Cut) -> Event | None:
    return _first(cut.said(kinds.POD, kinds.DELETING, kinds.GONE, about=kinds.SOLO))


def _takeover(cut: Cut, needed: Event | None) -> Iterator[Milestone]:
    """Of the controller-manager. Of several, the last one before it was `needed` is the one that
    was waited for."""
    taken = _before(cut.said(kinds.LEASE, kinds.TAKEN, about=kinds.CONTROLLER_MANAGER), needed)
    running = _before(cut.said(kinds.CONTROLLER_MANAGER, kinds.RUNNING), needed)
    led = kinds.CONTROLLER_MANAGER in cut.was or taken is not None
    leases = "controller_manager.leases"
    yield _milestone(
        cut,
        "controller-manager: a standby takes over",
        taken,
        (f"{leases}.duration_ms", f"{leases}.retry_ms"),
        needed=led,
    )
    yield _milestone(cut, "controller-manager: its controllers run", running, needed=led)


def _pod(cut: Cut) -> Iterator[Milestone]:
    """From the deletion to an address in the Service's list of pods that are ready."""
    created = _first(cut.said(kinds.POD, kinds.CREATED, about=kinds.SOLO))
    since = cut.zero if created is None else created.at
    yield _milestone(cut, "a replacement is created", created)
    scheduled = _first(cut.said(kinds.POD, kinds.SCHEDULED, about=kinds.SOLO, since=since))
    taken = _before(cut.said(kinds.LEASE, kinds.TAKEN, about=kinds.SCHEDULER), scheduled)
    leases = "scheduler.leases"
    yield _milestone(
        cut,
        "scheduler: a standby takes over",
        taken,
        (f"{leases}.duration_ms", f"{leases}.retry_ms"),
        needed=kinds.SCHEDULER in cut.was or taken is not None,
        beside=True,
    )
    yield _milestone(cut, "it is given a node", scheduled)
    running = _first(cut.said(kinds.POD, kinds.RUNNING, about=kinds.SOLO, since=since))
    yield _milestone(cut, "its container runs", running)
    ready = _first(cut.said(kinds.POD, kinds.READY, about=kinds.SOLO, since=since))
    yield _milestone(cut, "it is ready", ready, ("readiness.period_s",))
    added = _first(cut.said(kinds.ENDPOINTS, kinds.ADDED, about=kinds.SOLO, since=since))
    yield _milestone(cut, "it is in the EndpointSlice", added)


def _rules(cut: Cut, worst: Client | None) -> Iterator[Milestone]:
    """On the very node that was served last."""
    host = None if worst is None else worst.name.rpartition(" on ")[2]
    created = _first(cut.said(kinds.POD, kinds.CREATED, about=kinds.SOLO))
    since = None if created is None else created.at
    written = cut.said(kinds.KUBE_PROXY, kinds.ADDED, about=kinds.SOLO, host=host, since=since)
    yield _milestone(
        cut, "kube-proxy has written its rules", _first(written), ("kube_proxy.min_sync_ms",)
    )
    good = None if worst is None else worst.first_good
    yield Milestone(
        "the first answer",
        None if good is None else cut.after(good.done),
        (),
        "" if worst is None else worst.name,
        "" if good is None else good.detail,
    )


def _milestone(
    cut: Cut,
    name: str,
    event: Event | None,
    timers: tuple[str, ...] = (),
    *,
    needed: bool = True,
    beside: bool = False,
) -> Milestone:
    stone = Milestone(name, None, timers, needed=needed, beside=beside)
    if event is None:
        return stone
    return replace(stone, at_s=cut.after(event.at), who=event.host, detail=event.detail)


def _first(events: tuple[Event, ...]) -> Event | None:
    return events[0] if events else None


def _before(events: tuple[Event, ...], limit: Event | None) -> Event | None:
    """The last one before `limit`; without a limit, the last one."""
    earlier = [e for e in events if limit is None or e.at <= limit.at]
    return earlier[-1] if earlier else None
