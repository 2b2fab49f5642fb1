"""Who is to blame for a node that is not Ready."""

from __future__ import annotations

import pytest

from holdfast.cluster.readiness import to_blame


def unit(name: str, state: str = "active", restarts: int | str = 0) -> str:
    return f"Id={name}\nActiveState={state}\nNRestarts={restarts}\n"


ETCD, KUBELET = "etcd.service", "kubelet.service"


def both(etcd: str, kubelet: str) -> str:
    return f"{etcd}\n{kubelet}"


@pytest.mark.parametrize(
    ("after", "blamed"),
    [
        (both(unit(ETCD, restarts=5), unit(KUBELET)), ""),
        (both(unit(ETCD, restarts=5), unit(KUBELET, "activating")), KUBELET),
        (both(unit(ETCD, "failed", 5), unit(KUBELET, "failed")), ETCD),
        (both(unit(ETCD, restarts=6), unit(KUBELET, "failed")), ETCD),
        ("", ""),
    ],
    ids=["all run", "one starts", "the first", "started anew", "silence"],
)
def test_to_blame(after: str, blamed: str) -> None:
    assert to_blame(both(unit(ETCD, restarts=5), unit(KUBELET)), after) == blamed


def test_some_units_have_no_count() -> None:
    shown = both(unit("cluster-routes.service", restarts=""), unit(KUBELET, "failed"))
    assert to_blame(shown, shown) == KUBELET
