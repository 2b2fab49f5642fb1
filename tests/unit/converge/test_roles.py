"""Who leads, and whom a victim's name means."""

from __future__ import annotations

import json

import pytest

from holdfast.converge.roles import Roles, roles
from holdfast.errors import DrillRefused, InputError

NODES = ("n1", "n2", "n3")


def told(leader: int) -> Roles:
    statuses = {
        node: json.dumps([{"Status": {"header": {"member_id": number}, "leader": leader}}])
        for number, node in enumerate(NODES, start=10)
    }
    leases = [
        {"metadata": {"name": "kube-controller-manager"}, "spec": {"holderIdentity": "n1_x"}},
        {"metadata": {"name": "kube-scheduler"}, "spec": {"holderIdentity": "n3_y"}},
        {"metadata": {"name": "apiserver-abc"}, "spec": {"holderIdentity": "apiserver-abc_z"}},
    ]
    return roles(statuses, leases)


def test_roles_name_their_nodes() -> None:
    found = told(leader=10)
    assert found.of("n1") == "etcd leader, controller-manager"
    assert found.of("n2") == ""
    assert found.members["a"] == "n1"
    assert found.victim("etcd-leader", NODES) == "n1"
    assert found.victim("scheduler", NODES) == "n3"
    assert found.victim("n2", NODES) == "n2"


def test_nobody_of_that_name() -> None:
    with pytest.raises(InputError, match="no etcd in") as error:
        told(leader=10).victim("etcd", NODES)
    assert "etcd-leader" in error.value.hint


def test_a_role_without_a_node() -> None:
    with pytest.raises(DrillRefused):
        told(leader=0).victim("etcd-leader", NODES)
