"""What rendered clusters promise, whatever the profile and the design."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.unit.cluster.conftest import OUTSIDE, planned

from holdfast.bundle import Bundle
from holdfast.cluster.credentials import placeholder
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.render import render
from holdfast.timers.cluster.profiles import PROFILES

DESIGNS = [
    {"timers": profile, **design}
    for profile in PROFILES
    for design in ({}, OUTSIDE, {**OUTSIDE, "balancer": "nginx"})
]


def bundle(plan: ClusterPlan) -> Bundle:
    return render(plan, placeholder(plan), {})


def content(made: Bundle, host: str, path: str) -> str:
    return next(file.content for file in made.on(host) if file.path == path)


@pytest.mark.parametrize("asked", DESIGNS, ids=str)
def test_every_unit_that_is_started_is_rendered_or_packaged(asked: dict[str, Any]) -> None:
    plan = planned(**asked)
    made = bundle(plan)
    for host in made.hosts:
        paths = {file.path for file in made.on(host.host)}
        for unit in host.units:
            own = f"/etc/systemd/system/{unit}"
            assert own in paths or f"{own}.d/holdfast.conf" in paths


@pytest.mark.parametrize("asked", DESIGNS, ids=str)
def test_private_keys_are_private(asked: dict[str, Any]) -> None:
    for file in bundle(planned(**asked)).files:
        if file.path.endswith(".key") or "encryption" in file.path:
            assert (file.mode, file.secret) == (0o600, True), file.path


def test_an_api_server_knows_its_own_etcd_only(per_node: ClusterPlan) -> None:
    unit = content(bundle(per_node), "n2", "/etc/systemd/system/kube-apiserver.service")
    assert "--etcd-servers=https://127.0.0.1:2379 " in unit


def test_a_node_asks_its_own_api_server_first(per_node: ClusterPlan) -> None:
    servers = [
        line.split()
        for line in content(bundle(per_node), "n2", "/etc/haproxy/haproxy.cfg").splitlines()
        if line.strip().startswith("server ")
    ]
    assert [line[1] for line in servers if "backup" not in line] == ["n2"]


def test_legacy_asks_all_of_them_in_turn_and_waits_long() -> None:
    text = content(bundle(planned(timers="legacy")), "n2", "/etc/haproxy/haproxy.cfg")
    assert "backup" not in text and "shutdown-sessions" not in text
    assert "inter 60000ms" in text and "option ssl-hello-chk" in text
    assert "timeout connect 10000ms" in text
    outside = bundle(planned(timers="legacy", balancer="nginx", **OUTSIDE))
    nginx = content(outside, "n4", "/etc/nginx/nginx.conf")
    assert "max_fails=0 fail_timeout=600s;" in nginx
    assert "proxy_connect_timeout 10000ms;" in nginx
    assert "vrrp_version 2" in content(outside, "n4", "/etc/keepalived/keepalived.conf")


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_reach_the_components(profile: str) -> None:
    plan = planned(timers=profile)
    made, timers = bundle(plan), PROFILES[profile]
    etcd = yaml.safe_load(content(made, "n1", "/etc/etcd/etcd.yaml"))
    assert etcd["election-timeout"] == timers.etcd.election_ms
    kubelet = yaml.safe_load(content(made, "n1", "/etc/kubernetes/kubelet.yaml"))
    assert kubelet["nodeLeaseDurationSeconds"] == timers.kubelet.lease_s
    proxy = yaml.safe_load(content(made, "n1", "/etc/kubernetes/kube-proxy.yaml"))
    # kube-proxy would take 0 for its own default.
    assert proxy["iptables"]["minSyncPeriod"] not in ("0s", "0ms")
    seconds = timers.apiserver.unreachable_s
    unit = content(made, "n1", "/etc/systemd/system/kube-apiserver.service")
    assert f"--default-unreachable-toleration-seconds={seconds} " in unit


def test_nodes_know_the_way_to_each_others_pods(per_node: ClusterPlan) -> None:
    made = bundle(per_node)
    for node in per_node.nodes:
        unit = content(made, node.name, "/etc/systemd/system/cluster-routes.service")
        others = [other for other in per_node.nodes if other != node]
        assert all(f"{other.pods} via {other.address} " in unit for other in others)
        assert f"{node.pods} via" not in unit


def test_equal_plans_give_equal_bundles(outside: ClusterPlan) -> None:
    assert bundle(outside).digest() == bundle(outside).digest()
