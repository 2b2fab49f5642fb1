"""The first time: until `kubectl get node` answers again, and goes on answering."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.converge import kinds
from holdfast.converge.cut import Client, Cut
from holdfast.converge.phases import Course, Milestone, course

NAME = "kubectl get node answers"


def api(cut: Cut) -> Course:
    """The client that waited longest counts."""
    clients = cut.clients(kinds.KUBECTL)
    milestones = (election(cut), _first(cut, clients), _balancer(cut), _settled(cut, clients))
    return course(NAME, milestones, cut.watched_s)


def first_answer_s(cut: Cut, group: str) -> float | None:
    """After the cut, until each client of the group had its first good answer; None when one never
    had."""
    goods = [client.first_good for client in cut.clients(group)]
    found = [good.done for good in goods if good is not None]
    return cut.after(max(found)) if found and len(found) == len(goods) else None


def election(cut: Cut) -> Milestone:
    """etcd's survivors have a leader again."""
    elected = next((e for e in cut.said(kinds.ETCD, kinds.ELECTED) if e.host != cut.victim), None)
    return Milestone(
        "etcd elects a leader",
        None if elected is None else cut.after(elected.at),
        ("etcd.heartbeat_ms", "etcd.election_ms"),
        "" if elected is None else elected.host,
        "" if elected is None else elected.detail,
        needed=kinds.ETCD_LEADER in cut.was,
    )


def _first(cut: Cut, clients: Sequence[Client]) -> Milestone:
    at = first_answer_s(cut, kinds.KUBECTL)
    slowest = max(
        (c for c in clients if c.first_good is not None),
        key=lambda c: c.first_good.done if c.first_good else 0.0,
        default=None,
    )
    return Milestone("the first answer", at, (), "" if slowest is None else slowest.name)


def _balancer(cut: Cut) -> Milestone:
    """The last balancer knows that the API server is dead. nginx never says: it has no checks."""
    down = [
        e
        for e in cut.said(kinds.HAPROXY, kinds.DOWN)
        if e.about.endswith(f"/{cut.victim}") and e.host != cut.victim
    ]
    last = down[-1] if down else None
    return Milestone(
        "the balancer gives the dead one up",
        None if last is None else cut.after(last.at),
        ("haproxy.inter_ms", "haproxy.fastinter_ms", "haproxy.fall"),
        "" if last is None else last.host,
        "" if last is None else last.detail,
        needed=cut.timeline.header.endpoint != "outside nginx",
        beside=True,
    )


def _settled(cut: Cut, clients: Sequence[Client]) -> Milestone:
    """Whoever was still being led to it, or hung on a connection to it, is free: kubectl, and
    the quicker questions beside it."""
    moments = [client.settled() for client in (*clients, *cut.clients(kinds.API))]
    known = [moment for moment in moments if moment is not None]
    done = bool(known) and len(known) == len(moments)
    nginx = cut.timeline.header.endpoint == "outside nginx"
    return Milestone(
        "stuck connections end, every answer is good",
        cut.after(max(known)) if done else None,
        ("nginx.connect_ms", "nginx.max_fails", "nginx.fail_timeout_ms")
        if nginx
        else ("haproxy.connect_ms", "haproxy.retries"),
    )
