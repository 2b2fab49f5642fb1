"""A cluster's plan decides addresses, and everything that does not fit is found and placed."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from holdfast.cluster import rules
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.plan import build
from holdfast.lab.place import Lab
from holdfast.plan.inventory import Inventory
from holdfast.spec.load import parse

EXAMPLE = files("holdfast.spec").joinpath("cluster.yaml").read_text(encoding="utf-8")
COMPLETE = re.sub(r"^#(?=\S|  )", "", EXAMPLE, flags=re.MULTILINE)
LAB = Lab("unit")


def found(change: dict[str, Any], hosts: int = 3) -> list[str]:
    """Codes for a lab cluster with this in its `cluster:`."""
    return codes({"system": "kube", "cluster": change}, LAB.inventory(hosts))


def codes(spec: dict[str, Any], inventory: Inventory) -> list[str]:
    system = parse(yaml.safe_dump(spec).encode(), "test").system
    assert system.cluster is not None
    return [each.code for each in rules.findings(system, system.cluster, inventory)]


def test_the_example_has_no_findings() -> None:
    assert codes(yaml.safe_load(EXAMPLE), LAB.inventory()) == []


def test_every_setting_switched_on_has_no_findings() -> None:
    system = parse(COMPLETE.encode(), "cluster.yaml").system
    inventory = Inventory(system.hosts, (), system.operators)
    assert system.cluster is not None
    assert rules.findings(system, system.cluster, inventory) == ()
    assert len(build("kube", system.cluster, inventory).balancers) == 2


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("cluster-quorum", {"endpoint": "outside", "balancers": ["n2", "n3"]}),
        ("cluster-balancers", {"endpoint": "outside"}),
        ("cluster-balancers-idle", {"balancers": ["n1", "n2"]}),
        ("cluster-balancer-unknown", {"endpoint": "outside", "balancers": ["n8", "n9"]}),
        ("cluster-address-taken", {"address": str(LAB.address("n2"))}),
        ("cluster-pods", {"pods": "10.64.0.0/23"}),
        ("cluster-services", {"services": "11.0.0.0/8"}),
        ("cluster-overlap", {"services": "10.64.0.0/20"}),
        ("cluster-overlap", {"pods": "10.77.0.0/16"}),
        ("timers-value", {"timers": {"values": {"apiserver.unreachable_s": 1.5}}}),
        ("cluster-timers-grace", {"timers": {"values": {"kubelet.lease_s": 8}}}),
        ("cluster-timers-election", {"timers": {"values": {"etcd.heartbeat_ms": 200}}}),
    ],
)
def test_what_does_not_fit_is_found(code: str, change: dict[str, Any]) -> None:
    assert code in found(change)


def test_an_outside_endpoint_on_hosts_of_ones_own_needs_an_address() -> None:
    spec = yaml.safe_load(COMPLETE)
    del spec["cluster"]["address"]
    system = parse(yaml.safe_dump(spec).encode(), "test").system
    assert codes(spec, Inventory(system.hosts, (), ("10.0.0.5",))) == ["cluster-address"]


def test_a_cluster_shares_its_hosts_with_nothing() -> None:
    spec = {"system": "kube", "cluster": {}, "datastores": {"a": {"engine": "redis"}}}
    assert codes(spec, LAB.inventory()) == ["cluster-mixed"]


def test_findings_have_lines() -> None:
    text = (
        b"system: kube\ncluster:\n  timers:\n    values:\n"
        b"      etcd.heartbeat_ms: 1000\n      etcd.election_ms: 2000\n"
    )
    document = parse(text, "k.yaml")
    assert document.system.cluster is not None
    said = rules.findings(document.system, document.system.cluster, LAB.inventory())
    assert "k.yaml:6" in [str(each.where).rpartition(":")[0] for each in document.located(said)]


def test_every_node_has_pods_of_its_own(outside: ClusterPlan) -> None:
    ranges = [node.pods for node in outside.nodes]
    assert len(set(ranges)) == 3
    assert all(each.subnet_of(outside.pods) for each in ranges)
    assert [host.name for host in outside.balancers] == ["n4", "n5"]


def test_a_plan_is_read_back_as_it_was(outside: ClusterPlan) -> None:
    assert ClusterPlan.model_validate_json(outside.model_dump_json()) == outside


def test_the_command_checks_and_renders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.cli.main import run

    monkeypatch.chdir(tmp_path)
    assert run(["init", "--cluster"]) == 0
    assert run(["check", "--strict"]) == 0
    assert run(["render", "--with-secrets"]) == 0
    assert run(["audit"]) == 2
    assert (tmp_path / "out/hosts/n3/etc/kubernetes/kubelet.yaml").exists()
