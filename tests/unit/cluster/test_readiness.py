"""Who is to blame for a node that is not Ready."""

from __future__ import annotations

import pytest

from holdfast.cluster.readiness import to_blame


def unit(name: str, state: str = "active", restarts: int | str = 0) -> str:
    return f"Id={name}\nActiveState={state}\nNRestarts={restarts}\n"


@pytest.mark.parametrize(
    ("shown", "blamed"),
    [
        (unit("etcd.service"), ""),
        (unit("etcd.service") + "\n" + unit("kubelet.service", "activating"), "kubelet.service"),
        (unit("etcd.service", "failed") + "\n" + unit("kubelet.service", "failed"), "etcd.service"),
        (unit("etcd.service", restarts=1) + "\n" + unit("kubelet.service"), ""),
        (unit("etcd.service", restarts=9), "etcd.service"),
        (unit("cluster-routes.service", restarts="") + "\n" + unit("a", "failed"), "a"),
        ("", ""),
    ],
    ids=["all run", "one starts", "the first", "once", "again and again", "no count", "silence"],
)
def test_to_blame(shown: str, blamed: str) -> None:
    assert to_blame(shown) == blamed
