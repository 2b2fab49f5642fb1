"""PostgreSQL's files say what the steward's promises rest on."""

from __future__ import annotations

import re

import pytest

from holdfast.engines.postgresql.access import mapping, rules
from holdfast.engines.postgresql.settings import configuration, startup
from holdfast.plan.model import Plan, PlannedPostgresql
from holdfast.timers.profiles import PROFILES


def accounts(plan: Plan) -> PlannedPostgresql:
    (found,) = plan.of(PlannedPostgresql)
    return found


def settings(plan: Plan, host: str = "n1") -> dict[str, str]:
    datastore = accounts(plan)
    text = startup(datastore, plan.host(host)) + configuration(plan, datastore, plan.host(host))
    return dict(re.findall(r"^(\w+) = '?(.*?)'?$", text, re.M))


def test_a_commit_is_acknowledged_by_another_member(shop: Plan) -> None:
    found = settings(shop)
    assert found["synchronous_commit"] == "on"
    assert found["synchronous_standby_names"] == 'ANY 1 ("n1", "n2", "n3")'
    assert (found["fsync"], found["full_page_writes"], found["wal_log_hints"]) == ("on",) * 3


def test_replication_only_goes_through_the_gate(shop: Plan) -> None:
    info = settings(shop)["primary_conninfo"]
    assert "hostaddr=127.0.0.1 port=7432" in info
    assert "sslmode=verify-full" in info
    assert "host=accounts.holdfast.internal" in info


def test_members_differ_in_their_own_name_and_address_only(shop: Plan) -> None:
    one, two = settings(shop, "n1"), settings(shop, "n2")
    assert {key for key in one if one[key] != two[key]} == {"listen_addresses", "primary_conninfo"}


def test_the_stewards_own_settings_come_last(shop: Plan) -> None:
    text = configuration(shop, accounts(shop), shop.host("n1"))
    assert text.splitlines()[-1].startswith("include_if_exists '/var/lib/holdfast/postgresql/")


@pytest.mark.parametrize("profile", PROFILES)
def test_timeouts_are_the_profiles(shop: Plan, profile: str) -> None:
    timers = PROFILES[profile]
    found = settings(shop.model_copy(update={"timers": timers}))
    assert found["wal_receiver_timeout"] == f"{timers.postgresql.wal_receiver_timeout_ms}ms"
    assert found["tcp_user_timeout"] == str(timers.postgresql.tcp_user_timeout_ms)


def test_over_the_network_only_certificates_count(shop: Plan) -> None:
    lines = [line.split("\t") for line in rules(shop, accounts(shop)).splitlines()]
    local = [line for line in lines if line[0] == "local"]
    assert local == [["local", "all", "postgres", "peer", "map=local"]]
    for kind, _, _, address, method, option in (line for line in lines if line not in local):
        assert (kind, method, option) == ("hostssl", "cert", "map=certificate")
        assert address.removesuffix("/32") in {str(host.address) for host in shop.hosts}


def test_a_certificate_is_one_role(shop: Plan) -> None:
    lines = [line.split("\t") for line in mapping(shop, accounts(shop)).splitlines()]
    roles = {name: role for kind, name, role in lines if kind == "certificate"}
    assert roles == {
        "n1": "holdfast_replication",
        "n2": "holdfast_replication",
        "n3": "holdfast_replication",
        "accounts": "accounts",
        "holdfast_probe": "holdfast_probe",
    }


def test_a_service_that_does_not_need_a_datastore_may_not_reach_it(shop: Plan) -> None:
    assert "front" not in rules(shop, accounts(shop))
