"""What every plan promises, whatever was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from holdfast.plan.build import SLOTS, build
from holdfast.plan.inventory import Inventory
from holdfast.plan.model import Member, Plan, PlannedPostgresql, PlannedRedis
from holdfast.spec.model import Datastore, Fence, Gateway, Host, Route, Service, System
from holdfast.spec.timing import Timing

NAMES = st.text("abcxyz", min_size=1, max_size=3)
ENGINES = st.sampled_from(["postgresql", "mysql", "redis"])


@st.composite
def systems(draw: st.DrawFn) -> System:
    services = draw(st.lists(NAMES, max_size=5, unique=True))
    return System(
        system="any",
        datastores={
            name: Datastore.model_validate({"engine": draw(ENGINES)})
            for name in draw(st.lists(NAMES, max_size=3, unique=True))
        },
        services={
            name: Service(run="x", port=8000 + 100 * number, instances=draw(st.integers(1, 20)))
            for number, name in enumerate(services)
        },
        gateway=Gateway(routes=tuple(Route(path=f"/{name}", service=name) for name in services)),
        timers=Timing.model_validate(draw(st.sampled_from(["stock", "balanced", "fast"]))),
    )


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    count = draw(st.integers(3, 7))
    names = draw(st.lists(NAMES, min_size=count, max_size=count, unique=True))
    return Inventory(
        hosts=tuple(
            Host(name=name, address=IPv4Address(f"10.0.0.{10 + i}"), fence=Fence(lab=True))
            for i, name in enumerate(names)
        ),
        vips=tuple(IPv4Address(f"10.0.0.{100 + i}") for i in range(count)),
        operators=("10.0.0.5",),
    )


PLANS = st.builds(build, systems(), inventories())


@given(PLANS)
def test_one_lost_host_leaves_one_majority(plan: Plan) -> None:
    assert len(plan.hosts) - 1 >= plan.quorum
    assert 2 * plan.quorum > len(plan.hosts)


@given(PLANS)
def test_a_service_with_two_instances_keeps_one(plan: Plan) -> None:
    for service in plan.services:
        if len(service.instances) >= 2:
            for lost in plan.hosts:
                assert any(instance.host != lost.name for instance in service.instances)


@given(PLANS)
def test_instances_are_spread_evenly(plan: Plan) -> None:
    for service in plan.services:
        shares = [len(service.on(host.name)) for host in plan.hosts]
        assert max(shares) - min(shares) <= 1
        assert sum(shares) == service.spec.instances
        assert [i.index for i in service.instances] == list(range(1, sum(shares) + 1))


@given(PLANS)
def test_an_acknowledged_write_is_in_every_majority(plan: Plan) -> None:
    for datastore in plan.of(PlannedPostgresql):
        copies = datastore.sync + 1
        assert copies + plan.quorum > len(datastore.members)


@given(PLANS)
def test_writes_go_on_without_any_one_host(plan: Plan) -> None:
    for datastore in plan.of(PlannedPostgresql):
        for lost in plan.hosts:
            left = [member for member in datastore.members if member.host != lost.name]
            assert len(left) - 1 >= datastore.sync


@given(PLANS)
def test_primaries_prefer_different_hosts(plan: Plan) -> None:
    for members in _memberships(plan):
        preferences = sorted(member.preference for member in members)
        assert preferences == list(range(1, len(plan.hosts) + 1))
    for group in (plan.replicated[: len(plan.hosts)], *(d.shards for d in plan.of(PlannedRedis))):
        homes = Counter(_home(each.members) for each in group)
        assert max(homes.values(), default=1) == 1


@given(PLANS)
def test_every_slot_has_one_shard(plan: Plan) -> None:
    for datastore in plan.of(PlannedRedis):
        slots = [n for s in datastore.shards for n in range(s.first, s.last + 1)]
        assert slots == list(range(SLOTS))


def _memberships(plan: Plan) -> Iterator[tuple[Member, ...]]:
    yield from (datastore.members for datastore in plan.replicated)
    yield from (shard.members for each in plan.of(PlannedRedis) for shard in each.shards)


def _home(members: tuple[Member, ...]) -> str:
    return min(members, key=lambda member: member.preference).host


@given(PLANS)
def test_services_begin_on_different_hosts(plan: Plan) -> None:
    firsts = [service.instances[0].host for service in plan.services[: len(plan.hosts)]]
    assert len(set(firsts)) == len(firsts)


@given(PLANS)
def test_every_host_is_home_to_one_address_and_no_neighbour_carries_three(plan: Plan) -> None:
    assert {vip.home for vip in plan.vips} == {host.name for host in plan.hosts}
    assert len({vip.vrid for vip in plan.vips}) == len(plan.vips)
    for lost in plan.hosts:
        carried = Counter(
            max((h for h in vip.priorities if h != lost.name), key=lambda h: vip.priorities[h])
            for vip in plan.vips
        )
        assert max(carried.values()) <= 2


@given(PLANS)
def test_priorities_are_vrrp_priorities(plan: Plan) -> None:
    for vip in plan.vips:
        assert len(set(vip.priorities.values())) == len(plan.hosts)
        assert all(1 <= priority <= 254 for priority in vip.priorities.values())


@given(PLANS)
def test_ports_are_unique_on_each_host(plan: Plan) -> None:
    stores = [port for d in plan.datastores for port in _ports(d.model_dump())]
    for host in plan.hosts:
        ports = stores + [i.port for service in plan.services for i in service.on(host.name)]
        assert len(set(ports)) == len(ports)


def _ports(tree: object) -> Iterator[int]:
    """Every number in it whose name says that it is a port."""
    if isinstance(tree, dict):
        yield from (value for key, value in tree.items() if key.endswith("port"))
        tree = [value for key, value in tree.items() if key != "spec"]
    if isinstance(tree, list | tuple):
        yield from (port for each in tree for port in _ports(each))


@given(systems(), inventories())
def test_same_input_same_plan(system: System, inventory: Inventory) -> None:
    turned = Inventory(inventory.hosts[::-1], inventory.vips, inventory.operators)
    plan = build(system, inventory).model_dump_json()
    assert build(system, inventory).model_dump_json() == plan
    assert build(system, turned).model_dump_json() == plan


@given(PLANS)
def test_a_saved_plan_is_the_same_plan(plan: Plan) -> None:
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


@given(systems(), inventories())
def test_what_is_appended_moves_nothing(system: System, inventory: Inventory) -> None:
    before = build(system, inventory)
    more = System(
        system=system.system,
        datastores={**system.datastores, "zz-last-one": Datastore(engine="postgresql")},
        services={**system.services, "zz-last-one": Service(run="x", port=9000)},
        timers=system.timers,
    )
    after = build(more, inventory)
    assert after.datastores[: len(before.datastores)] == before.datastores
    assert after.services[: len(before.services)] == before.services


@given(PLANS)
def test_the_first_route_that_matches_is_the_longest(plan: Plan) -> None:
    lengths = [len(route.path) for route in plan.routes]
    assert lengths == sorted(lengths, reverse=True)


def test_five_hosts() -> None:
    hosts = tuple(
        Host(name=f"n{i}", address=IPv4Address(f"10.0.0.{i}"), fence=Fence(lab=True))
        for i in range(1, 6)
    )
    system = System(system="five", datastores={"accounts": Datastore(engine="postgresql")})
    plan = build(system, Inventory(hosts, (), ()))
    assert plan.quorum == 3
    (accounts,) = plan.of(PlannedPostgresql)
    assert accounts.sync == 2
    assert len(accounts.members) == 5
