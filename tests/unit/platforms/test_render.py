"""What holds for every file of every host."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from holdfast.bundle import Bundle, File
from holdfast.converge.imported.readers import keepalived as keepalived_conf
from holdfast.converge.imported.reading import Source
from holdfast.lab.place import Lab
from holdfast.pki.store import open_store
from holdfast.plan.build import build
from holdfast.plan.model import Plan
from holdfast.platforms.machines.gather import ansible, gather, read_folder
from holdfast.platforms.machines.project import project
from holdfast.platforms.machines.render import render
from holdfast.spec.load import load
from holdfast.spec.model import Route
from holdfast.timers.profiles import PROFILES

EXAMPLE = Path(__file__).parents[3] / "examples/shop"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def bundle(shop: Plan, state: Path) -> Bundle:
    return rendered(shop, state)


def rendered(plan: Plan, state: Path) -> Bundle:
    return render(plan, open_store(state, plan), gather(plan, EXAMPLE))


def content(bundle: Bundle, host: str, path: str) -> str:
    return next(file.content for file in bundle.on(host) if file.path == path)


def touched(before: Bundle, after: Bundle) -> set[str]:
    """Paths of files that differ on any host."""
    return {file.path for file in {*before.files} ^ {*after.files}}


def test_the_same_plan_gives_the_same_bundle(shop: Plan, state: Path, bundle: Bundle) -> None:
    assert rendered(shop, state) == bundle


def test_an_address_stays_where_it_is_served_as_long_as_asked_for(
    shop: Plan, state: Path, bundle: Bundle
) -> None:
    path = "/etc/keepalived/keepalived.conf"
    assert "preempt_delay" not in content(bundle, "n1", path)
    keepalived = shop.timers.keepalived.model_copy(update={"preempt_delay_ms": 4500})
    timers = shop.timers.model_copy(update={"keepalived": keepalived})
    found = content(rendered(shop.model_copy(update={"timers": timers}), state), "n1", path)
    assert found.count("    preempt_delay 4.5\n") == len(shop.vips)
    facts = keepalived_conf.read(Source("keepalived.conf", found)).facts
    assert ("keepalived.preempt_delay_ms", 4500) in {(fact.name, fact.value) for fact in facts}


def test_there_is_no_pacemaker_where_nothing_can_be_fenced_by_it(shop: Plan, state: Path) -> None:
    hosts = tuple(
        host.model_copy(update={"fence": host.fence.model_copy(update={"redfish": None})})
        for host in shop.hosts
    )
    bundle = rendered(shop.model_copy(update={"hosts": hosts}), state)
    assert not [file.path for file in bundle.files if "pacemaker" in file.path]
    assert not [
        word for host in bundle.hosts for word in host.units + host.packages if "pace" in word
    ]


def test_private_keys_are_secret_and_readable_by_their_owner_only(bundle: Bundle) -> None:
    for file in bundle.files:
        private = "PRIVATE KEY" in file.content or file.path.endswith("authkey")
        if private and not file.path.startswith("/usr/lib/"):
            assert file.secret, file.path
        if file.secret:
            assert file.mode & 0o077 == 0, file.path


def test_what_a_file_restarts_is_a_unit_of_that_host(bundle: Bundle) -> None:
    for host in bundle.hosts:
        known = {*host.units, *host.held, "systemd-sysctl.service"}
        for file in bundle.on(host.host):
            assert {*file.restarts, *file.reloads} <= known, file.path


def test_only_the_steward_starts_a_datastore(bundle: Bundle) -> None:
    for host in bundle.hosts:
        assert host.held == ("holdfast-postgresql-accounts.service",)
        assert not {*host.held} & {*host.units}
        unit = content(bundle, host.host, f"/etc/systemd/system/{host.held[0]}")
        assert "Restart=no" in unit
        assert "[Install]" not in unit


def test_a_restarted_haproxy_leads_nobody_anywhere(bundle: Bundle) -> None:
    text = content(bundle, "n1", "/etc/haproxy/haproxy.cfg")
    for backend in ("primary-accounts", "gate-accounts"):
        section = text.partition(f"backend {backend}\n")[2].partition("\n\n")[0]
        servers = [line for line in section.splitlines() if line.strip().startswith("server ")]
        assert len(servers) == 3
        assert all(" disabled" in line for line in servers)


def test_haproxy_is_never_reloaded(bundle: Bundle) -> None:
    """An old process would keep a gate open that nobody can close any more."""
    drop_in = content(bundle, "n1", "/etc/systemd/system/haproxy.service.d/holdfast.conf")
    orders = re.findall("ExecReload=(.*)", drop_in)
    assert orders[0] == ""
    assert [order.split()[-3:] for order in orders[1:]] == [["-m", "steward", "refresh"]]


def test_what_changes_with_time_costs_no_restart_of_haproxy(bundle: Bundle) -> None:
    live = {file.path for file in bundle.files if "haproxy.service" in file.reloads}
    assert live == {"/etc/holdfast/pki/edge.pem", "/etc/holdfast/pki/host.pem"}
    assert not any("haproxy.service" in f.restarts for f in bundle.files if f.path in live)


def test_every_route_leads_to_its_service(shop: Plan, state: Path) -> None:
    routes = (
        Route(path="/api/accounts", service="accounts"),
        Route(path="/api", service="front"),
        Route(path="/", service="front"),
    )
    plan = shop.model_copy(update={"routes": routes})
    after = rendered(plan, state)
    text = content(after, "n1", "/etc/haproxy/haproxy.cfg")
    assert re.findall(r"use_backend (\S+) if { var\(txn.route\) -m str (\S+) }", text) == [
        ("service-accounts", "/api/accounts"),
        ("service-front", "/api"),
        ("service-front", "/"),
    ]
    assert content(after, "n1", "/etc/holdfast/gateway/routes.map") == (
        "/api/accounts/ /api/accounts\n/api/ /api\n/ /\n"
    )


def test_nobody_else_gets_through_the_firewall(shop: Plan, bundle: Bundle) -> None:
    rules = content(bundle, "n1", "/etc/holdfast/firewall.nft").splitlines()
    accepts = [rule.strip() for rule in rules if rule.endswith("accept")]
    open_to_all = [rule for rule in accepts if "saddr" not in rule]
    assert "policy drop;" in "".join(rules)
    assert open_to_all == [
        "ct state established,related accept",
        "iif lo accept",
        "meta l4proto { icmp, ipv6-icmp } accept",
        "tcp dport 443 accept",
    ]
    assert (
        f"ip saddr {{ {shop.operators[0]} }} tcp dport {{ 22, 8404, 6432, 6532 }} accept" in accepts
    )


def test_without_operators_ssh_stays_open_and_the_databases_do_not(shop: Plan, state: Path) -> None:
    plan = shop.model_copy(update={"operators": ()})
    rules = content(rendered(plan, state), "n1", "/etc/holdfast/firewall.nft")
    assert "tcp dport 22 accept" in rules
    assert "6432" not in rules


def test_the_steward_is_told_what_was_planned(shop: Plan, bundle: Bundle) -> None:
    told = json.loads(content(bundle, "n2", "/etc/holdfast/steward.json"))
    assert told["host"] == "n2"
    assert [host["address"] for host in told["hosts"]] == [str(h.address) for h in shop.hosts]
    assert told["timers"] == shop.timers.steward.model_dump()
    (accounts,) = told["datastores"]
    assert accounts["roles"] == ["accounts"]
    assert accounts["sync"] == 1


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_changes_timers_and_nothing_else(
    shop: Plan, state: Path, bundle: Bundle, profile: str
) -> None:
    after = rendered(shop.model_copy(update={"timers": PROFILES[profile]}), state)
    code = {path for path in touched(bundle, after) if "/usr/lib" in path or "/pki/" in path}
    assert not code
    totem = content(after, "n1", "/etc/corosync/corosync.conf")
    assert f"token: {PROFILES[profile].corosync.token_ms}\n" in totem
    assert "knet_ping_timeout: " in totem


def test_one_instance_more_touches_balancers_and_its_own_host_only(
    shop: Plan, state: Path, bundle: Bundle
) -> None:
    system = load(EXAMPLE / "small.yaml").system
    accounts = system.services["accounts"].model_copy(update={"instances": 3})
    more = system.model_copy(update={"services": {**system.services, "accounts": accounts}})
    after = rendered(build(more, Lab("unit").inventory()), state)
    elsewhere = {file.path for file in {*bundle.on("n1")} ^ {*after.on("n1")}}
    assert {path for path in elsewhere if "/services/" not in path} == {"/etc/haproxy/haproxy.cfg"}


def test_datastores_units_and_ports_do_not_collide(shop: Plan, state: Path) -> None:
    system = load(EXAMPLE / "small.yaml").system
    second = system.datastores["accounts"].model_copy(update={"schema_dir": None})
    two = system.model_copy(update={"datastores": {**system.datastores, "orders": second}})
    bundle = rendered(build(two, Lab("unit").inventory()), state)
    text = content(bundle, "n1", "/etc/haproxy/haproxy.cfg")
    binds = re.findall(r"bind (\S+)", text)
    assert len(binds) == len(set(binds))
    assert {"127.0.0.1:6433", "127.0.0.1:7433"} <= {*binds}


def test_two_files_in_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="two files"):
        Bundle.of([File("n1", "/a", "1"), File("n1", "/a", "2")])


def test_a_project_holds_every_file_where_it_lies_on_its_host(shop: Plan, bundle: Bundle) -> None:
    leaves = {leaf.path: leaf for leaf in project(shop, bundle, ansible())}
    for file in bundle.files:
        leaf = leaves[f"hosts/{file.host}{file.path}"]
        assert leaf.content == file.content
        assert leaf.mode == (0o600 if file.secret else 0o644)
    assert {"site.yaml", "inventory.yaml", "ansible.cfg", "library/tree.py"} <= {*leaves}


def test_caches_and_hidden_files_are_not_shipped(tmp_path: Path) -> None:
    for name in ("app.py", ".env", "__pycache__/app.pyc", "sub/page.html", ".git/config"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    assert [*read_folder(tmp_path)] == ["app.py", "sub/page.html"]
