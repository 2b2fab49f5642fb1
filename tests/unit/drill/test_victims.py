"""From roles to hosts and units."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from holdfast.drill.look import HostLook, Look, MemberLook
from holdfast.drill.victims import victim
from holdfast.errors import DrillRefused, InputError
from holdfast.plan.build import build
from holdfast.plan.inventory import Inventory
from holdfast.plan.model import Plan
from holdfast.spec.model import Datastore, Fence, Host, Service, System

HOSTS = ("n1", "n2", "n3")


@pytest.fixture
def plan() -> Plan:
    system = System(
        system="shop",
        datastores={"accounts": Datastore(engine="postgresql")},
        services={"front": Service(run="front", port=8001, instances=3)},
    )
    hosts = tuple(
        Host(name=name, address=IPv4Address(f"10.0.0.{number}"), fence=Fence(lab=True))
        for number, name in enumerate(HOSTS, start=11)
    )
    vips = tuple(IPv4Address(f"10.0.0.{number}") for number in (21, 22, 23))
    return build(system, Inventory(hosts, vips, ("10.0.0.1",)))


def seen(primary: str | None) -> Look:
    """Every host holds its own address; n3 holds nothing when n2 is primary."""
    return Look(
        {
            host: HostLook(
                HOSTS,
                True,
                {
                    "accounts": MemberLook(
                        role="primary" if host == primary else "replica",
                        serving=host == primary,
                        lsn=1,
                        routed=primary,
                    )
                },
                (f"10.0.0.2{number}",),
            )
            for number, host in enumerate(HOSTS, start=1)
        }
    )


@pytest.mark.parametrize(
    ("label", "host", "unit"),
    [
        ("n3", "n3", None),
        ("primary:accounts", "n2", "holdfast-postgresql-accounts.service"),
        ("replica:accounts", "n1", "holdfast-postgresql-accounts.service"),
        ("vip:3", "n3", None),
        ("steward:n1", "n1", "holdfast-steward.service"),
        ("gateway:n2", "n2", "haproxy.service"),
        ("membership:n2", "n2", "corosync.service"),
        ("addresses:n2", "n2", "keepalived.service"),
    ],
)
def test_found(plan: Plan, label: str, host: str, unit: str | None) -> None:
    found = victim(label, plan, seen("n2"))
    assert (found.host, found.unit, found.label) == (host, unit, label)


def test_an_instance_by_its_number(plan: Plan) -> None:
    second = plan.service("front").instances[1]
    found = victim(f"service:front/{second.index}", plan, seen("n2"))
    assert (found.host, found.unit) == (second.host, "holdfast-front@2.service")


def test_what_it_was_is_told(plan: Plan) -> None:
    assert victim("n2", plan, seen("n2")).was == "primary of accounts, VIP 10.0.0.22"


@pytest.mark.parametrize(
    "label",
    [
        "n4",
        "primary:",
        "primary:orders",
        "master:accounts",
        "vip:4",
        "vip:x",
        "service:front/9",
        "service:back/1",
        "steward:n9",
        "",
    ],
)
def test_what_names_nothing_is_refused_with_a_hint(plan: Plan, label: str) -> None:
    with pytest.raises(InputError) as refused:
        victim(label, plan, seen("n2"))
    assert refused.value.hint


def test_a_role_that_nobody_has(plan: Plan) -> None:
    with pytest.raises(DrillRefused, match="has no primary now"):
        victim("primary:accounts", plan, seen(None))
    with pytest.raises(DrillRefused, match="holds vip:1 now"):
        victim("vip:1", plan, Look({"n1": None}))
