"""What components say of themselves."""

from __future__ import annotations

import json

from holdfast.converge import kinds
from holdfast.converge.journal import said

MEMBERS = {"91bc3c398fb3c146": "n2"}


def etcd(msg: str) -> str:
    return json.dumps({"level": "info", "ts": "2026-11-22T21:31:07.250000Z", "msg": msg})


def test_etcd_elects_and_tells_when() -> None:
    told = said(
        "etcd.service",
        etcd("raft.node: 8211f1d0f64f3269 elected leader 91bc3c398fb3c146 at term 7"),
        MEMBERS,
    )
    assert told is not None
    assert (told.kind, told.detail) == (kinds.ELECTED, "n2 in term 7")
    assert told.at is not None and told.at % 1 == 0.25


def test_etcd_loses_its_leader() -> None:
    line = etcd("raft.node: 8211f1d0f64f3269 lost leader 91bc3c398fb3c146 at term 7")
    told = said("etcd.service", line, MEMBERS)
    assert told is not None and told.kind == kinds.LOST


def test_components_lead_and_run() -> None:
    acquired = 'I1122 21:31:07.1 1 leaderelection.go:281] "Successfully acquired lease" lock="x"'
    for unit, source in (
        ("kube-controller-manager.service", "controller-manager"),
        ("kube-scheduler.service", "scheduler"),
    ):
        told = said(unit, acquired, {})
        assert told is not None and (told.source, told.kind) == (source, kinds.LEADS)
    running = 'I1122 21:31:08.2 1 node_lifecycle_controller.go:419] "Starting node controller"'
    told = said("kube-controller-manager.service", running, {})
    assert told is not None and told.kind == kinds.RUNNING


def test_a_balancer_gives_a_server_up() -> None:
    line = "Server apiservers/n1 is DOWN, reason: Layer4 timeout, check duration: 101ms. 2 active"
    told = said("haproxy.service", line, {})
    assert told is not None and (told.kind, told.about) == (kinds.DOWN, "apiservers/n1")


def test_what_means_nothing() -> None:
    for unit, line in (
        ("etcd.service", "no json"),
        ("etcd.service", "[]"),
        ("etcd.service", etcd("compacted")),
        ("kube-scheduler.service", 'I1122 "Starting node controller"'),
        ("kubelet.service", "successfully acquired lease"),
    ):
        assert said(unit, line, {}) is None
