"""Who asks what, whom nobody asks, and how long it may take."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml

from holdfast.cli.converge.measure import Asked, designed
from holdfast.cli.entry import sound
from holdfast.cluster import objects
from holdfast.cluster.kubectl import Kubectl
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.plan import build
from holdfast.converge import kinds
from holdfast.converge.access import entrances
from holdfast.converge.session import periods
from holdfast.converge.stage import cast, looked_at, patience_s, timer_values
from holdfast.errors import InputError
from holdfast.lab.place import Lab
from holdfast.spec.cluster import Cluster

OUTSIDE: dict[str, Any] = {"endpoint": "outside", "balancers": ("n4", "n5")}


def planned(**asked: Any) -> ClusterPlan:
    cluster = Cluster(**asked)
    return build("kube", cluster, Lab("stage").inventory(3 + len(cluster.balancers)))


def groups(plan: ClusterPlan, victim: str) -> dict[str, str]:
    ways = entrances(plan, victim)
    kubectl = {way.name: Kubectl(Path("kubectl"), Path("config")) for way in ways}
    asking = cast(plan, ways, victim, ssl.create_default_context(), kubectl)
    services = looked_at({kinds.SOLO: "10.96.0.9", kinds.WEB: "10.96.0.8"})
    survivors = [node.name for node in plan.nodes if node.name != victim]
    return {name: group for name, (group, _) in periods(asking, services, survivors).items()}


def test_every_survivor_is_a_way_in_and_the_victim_none() -> None:
    found = groups(planned(), "n1")
    assert found["kubectl via n2"] == "kubectl"
    assert found["solo clusterip on n3"] == "solo clusterip"
    assert found["test-service proxy via n3"] == "test-service proxy"
    assert found["solo nodeport via n2"] == "solo nodeport"
    assert not [name for name in found if name.endswith("n1")]


def test_outside_there_is_one_way_in() -> None:
    found = groups(planned(**OUTSIDE), "n1")
    assert [name for name in found if name.startswith("kubectl")] == ["kubectl via the pair"]
    assert "test-service nodeport via n2" in found


def test_stock_is_watched_for_as_long_as_it_takes() -> None:
    """50 s of grace, 300 s of toleration, 17 s for the lease; legacy a minute more."""
    assert patience_s(planned(timers="stock")) > 50 + 300 + 17
    assert patience_s(planned(timers="legacy")) > 50 + 300 + 17 + 60
    assert patience_s(planned()) < 90


def test_timers_have_their_full_names() -> None:
    values = timer_values(planned())
    assert values["controller_manager.leases.duration_ms"] == 3000
    assert values["etcd.election_ms"] == 500


def test_the_lone_pod_prefers_its_node_and_is_otherwise_like_the_others() -> None:
    alone, spread = (
        next(yaml.safe_load_all(text)) for text in (objects.solo("n2"), objects.test(3))
    )
    own, other = alone["spec"]["template"]["spec"], spread["spec"]["template"]["spec"]
    assert "n2" in str(own.pop("affinity"))
    other.pop("topologySpreadConstraints")
    assert own == other


def asked(spec: Path, **changed: Any) -> Asked:
    usual: dict[str, Any] = {"timers": None, "endpoint": None, "cuts": 1, "victim": "etcd-leader"}
    return Asked(**{**usual, **changed}, watch=None, runs=Path("runs"), spec=spec, as_json=False)


def spec(folder: Path, cluster: str) -> Path:
    path = folder / "holdfast.yaml"
    path.write_text(f"system: kube\ncluster:\n  {cluster}\n")
    return path


@pytest.fixture(autouse=True)
def _no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_LAB", "stage")


def test_other_timers_and_the_other_design_of_one_spec(tmp_path: Path) -> None:
    path = spec(tmp_path, "{endpoint: outside, balancers: [n4, n5]}")
    both = designed(sound(path), asked(path, timers="legacy"))
    assert (both.timers.profile, both.endpoint.design) == ("legacy", "outside")
    inside = designed(sound(path), asked(path, endpoint="per-node"))
    assert inside.endpoint.design == "per-node"
    assert [node.name for node in inside.nodes] == ["n1", "n2", "n3"]


def test_a_design_that_the_hosts_do_not_have(tmp_path: Path) -> None:
    path = spec(tmp_path, "timers: fast")
    with pytest.raises(InputError, match="no hosts for a balancer"):
        designed(sound(path), asked(path, endpoint="outside"))
