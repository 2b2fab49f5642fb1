"""A real Kubernetes: it comes up, loses a node's power, answers again, replaces the pod, and takes
the node back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.lab.site import HOSTS, Site

from holdfast.cluster.objects import TEST
from holdfast.cluster.places import (
    BIN,
    ETCD_PKI,
    ETCD_PORT,
    NODE_AGENT_UNIT,
    TEST_PORT,
    kubeconfig,
)
from holdfast.lab.place import Lab

pytestmark = pytest.mark.lab

_KUBECTL = f"{BIN}/kubectl --kubeconfig={kubeconfig('admin')} --request-timeout=5s"
_ETCDCTL = (
    f"cd {ETCD_PKI} && etcdctl --cacert=ca.crt --cert=member.crt --key=member.key"
    f" --endpoints=https://127.0.0.1:{ETCD_PORT} --write-out=json"
)
_LOST, _GONE = "holdfast.internal/lost", "node.kubernetes.io/out-of-service"
_WITHIN_S = 120
_PAUSE_S = 0.5


class Cluster(Site):
    def get(self, on: str, what: str) -> list[dict[str, Any]]:
        """What the API says through the balancer of one node."""
        said = json.loads(self.on(on, f"{_KUBECTL} get --output=json {what}"))
        items: list[dict[str, Any]] = said["items"]
        return items

    def ready(self, on: str) -> set[str]:
        """Nodes that are."""
        return {
            node["metadata"]["name"]
            for node in self.get(on, "nodes")
            for condition in node["status"]["conditions"]
            if (condition["type"], condition["status"]) == ("Ready", "True")
        }

    def pods(self, on: str) -> dict[str, str]:
        """The test's pods that run and are not about to end, and their nodes."""
        return {
            pod["metadata"]["name"]: pod["spec"]["nodeName"]
            for pod in self.get(on, f"pods --selector=app={TEST}")
            if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
        }

    def taints(self, on: str) -> dict[str, set[str]]:
        """Their keys, by node."""
        return {
            node["metadata"]["name"]: {taint["key"] for taint in node["spec"].get("taints", ())}
            for node in self.get(on, "nodes")
        }

    def told(self, host: str, event: str) -> list[dict[str, Any]]:
        """By the host's agent, since it was deployed."""
        lines = self.on(host, f"journalctl --output=cat --unit={NODE_AGENT_UNIT}").splitlines()
        said = [json.loads(line) for line in lines if line.startswith("{")]
        return [each for each in said if each["event"] == event]

    def leader(self, on: str) -> str:
        """The node of etcd's leader."""
        (status,) = json.loads(self.on(on, f"{_ETCDCTL} endpoint status"))
        members = json.loads(self.on(on, f"{_ETCDCTL} member list"))["members"]
        names = {member["ID"]: member["name"] for member in members}
        return str(names[status["Status"]["leader"]])

    def answers(self, on: str) -> set[str]:
        """Who answers at the Service's own address, asked from a node, a few times."""
        address = f"{_KUBECTL} get service {TEST} --output=jsonpath={{.spec.clusterIP}}"
        ask = f"curl --silent --fail --max-time 2 http://$address:{TEST_PORT}/"
        return set(self.on(on, f"address=$({address}); for i in 1 2 3 4 5; do {ask}; done").split())


@pytest.fixture(scope="module")
def cluster(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    place = Cluster(Lab(f"{Lab.here().name}#cluster"), folder / "holdfast.yaml")
    place.must("init", "--cluster")
    place.must("lab", "down")
    place.must("lab", "up", "--cluster")
    try:
        yield place
    finally:
        place.must("lab", "down")


def eventually(true: Callable[[], bool]) -> None:
    """Ask until it is so; a question that fails is one that has to be asked again."""
    deadline = time.monotonic() + _WITHIN_S
    while True:
        try:
            if true():
                return
            seen = "not so"
        except AssertionError as error:
            seen = str(error)
        assert time.monotonic() < deadline, seen
        time.sleep(_PAUSE_S)


def test_three_nodes_are_ready_and_each_has_a_pod_that_answers(cluster: Cluster) -> None:
    assert cluster.ready("n1") == set(HOSTS)
    pods = cluster.pods("n1")
    assert sorted(pods.values()) == list(HOSTS)
    for host in HOSTS:
        answers = cluster.answers(host)
        assert answers
        assert answers <= set(pods)


def test_doing_it_again_changes_nothing(cluster: Cluster) -> None:
    assert json.loads(cluster.must("up", "--json").stdout)["changed"] == {}


def test_a_node_without_power_is_replaced_and_taken_back(cluster: Cluster) -> None:
    victim = cluster.leader("n1")
    witness, other = cluster.others(victim)
    lost = {pod for pod, node in cluster.pods(witness).items() if node == victim}
    cluster.must("lab", "power", victim, "off")

    eventually(lambda: cluster.ready(witness) == {witness, other})
    eventually(lambda: len(cluster.pods(other)) == len(HOSTS))
    replaced = cluster.pods(witness)
    assert not lost & set(replaced)
    assert set(replaced.values()) == {witness, other}
    assert cluster.leader(witness) in {witness, other}
    assert victim in cluster.must("status").stderr
    eventually(lambda: cluster.answers(other) <= set(replaced))

    cluster.must("lab", "power", victim, "on")
    eventually(lambda: cluster.ready(witness) == set(HOSTS))
    eventually(lambda: len(cluster.pods(victim)) == len(HOSTS))  # through its own API server
    assert cluster.must("status").stderr == ""


def test_a_component_that_does_not_run_is_named(cluster: Cluster) -> None:
    unit = "kubelet.service.d/broken.conf"
    broken = "[Service]\\nExecStartPre=/bin/sh -c 'echo out of order; exit 1'\\n"
    at = f"/etc/systemd/system/{unit}"
    cluster.on("n3", f"mkdir -p $(dirname {at}) && printf {broken!r} >{at}")
    cluster.on("n3", "systemctl daemon-reload; systemctl stop kubelet")
    refused = cluster.holdfast("up")
    cluster.on("n3", f"rm {at}; systemctl daemon-reload")
    assert refused.returncode == 3
    for word in ("n3", "kubelet.service", "out of order"):
        assert word in refused.stderr
    cluster.must("up")
    assert cluster.ready("n1") == set(HOSTS)


def test_a_cut_is_taken_apart_into_phases_in_their_order(cluster: Cluster) -> None:
    """No seconds: what happened, in which order, and that the parts add up."""
    (cut,) = json.loads(cluster.must("converge", "measure", "--json").stdout)
    assert "etcd leader" in cut["was"]
    for name, time_ in cut["times"].items():
        phases = time_["phases"]
        assert time_["total_s"] is not None, name
        assert sum(phase["took_s"] or 0.0 for phase in phases) == pytest.approx(
            time_["total_s"], abs=0.01
        )
    service = cut["times"]["the Service reaches the replacement"]["phases"]
    assert [p["name"] for p in service if p["state"] in ("not ended", "not reached")] == []
    seen = {phase["name"]: phase["at_s"] for phase in service if phase["state"] == "ended"}
    course = (
        "the node is NotReady",
        "its pod is evicted",
        "a replacement is created",
        "it is given a node",
        "the first answer",
    )
    moments = [seen[name] for name in course]
    assert moments == sorted(moments)
    assert cut["times"]["kubectl get node answers"]["total_s"] < seen["the first answer"] + 1
    assert all(cut["answered_s"][f"solo {way}"] for way in ("clusterip", "nodeport", "proxy"))


@pytest.fixture(scope="module")
def minded(cluster: Cluster) -> Iterator[Cluster]:
    """With agents on its nodes, from here on."""
    with cluster.changed("cluster", "node_agent", to=True):
        cluster.must("up")
        eventually(lambda: cluster.told("n1", "view")[-1]["agents"] == list(HOSTS))
        yield cluster


def test_agents_let_a_slow_node_be(minded: Cluster) -> None:
    """Its corosync hangs: it leaves the ring, and its kernel answers whoever knocks."""
    before = minded.pods("n1")
    missed = {witness: len(minded.told(witness, "lost")) for witness in ("n1", "n2")}
    minded.on("n3", "pkill -STOP -x corosync; sleep 4; pkill -CONT -x corosync")
    eventually(lambda: minded.told("n1", "view")[-1]["nodes"] == list(HOSTS))
    for witness, count in missed.items():
        assert "n3" in [each["node"] for each in minded.told(witness, "lost")[count:]]
        assert minded.told(witness, "acted") == []
    assert minded.pods("n1") == before
    assert minded.taints("n1") == {host: set() for host in HOSTS}


def test_a_node_that_is_cut_off_is_acted_upon_and_does_nothing_but_stop(minded: Cluster) -> None:
    kubelet = "systemctl show --property=InvocationID kubelet"
    before = minded.on("n2", kubelet)
    minded.must("lab", "link", "n2", "cut")
    eventually(lambda: minded.taints("n1")["n2"] >= {_LOST})
    eventually(lambda: set(minded.pods("n3").values()) == {"n1", "n3"})
    # Its agent must have stopped its workloads by then.
    eventually(lambda: minded.taints("n3")["n2"] >= {_LOST, _GONE})

    minded.must("lab", "link", "n2", "mend")
    eventually(lambda: minded.ready("n1") == set(HOSTS))
    eventually(lambda: minded.taints("n2") == {host: set() for host in HOSTS})
    assert len(minded.told("n2", "alone")) == len(minded.told("n2", "back")) == 1
    assert minded.told("n2", "acted") == []
    assert minded.on("n2", kubelet) != before
