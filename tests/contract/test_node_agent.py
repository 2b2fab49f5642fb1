"""What the node agent asks of an API server, held against one on the loopback that keeps objects as
Kubernetes' does: HTTPS with client certificates, resource versions, preconditions."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.bmcs import LOOPBACK, bmcs

from holdfast.agents.node.api import Api, ApiError, Door
from holdfast.agents.node.config import Bmc
from holdfast.agents.node.orders import GONE_TAINT, LOST_TAINT, carry_out
from holdfast.agents.node.protocol import Grade
from holdfast.agents.node.watching import answers, powered
from holdfast.pki.authority import Authority
from holdfast.pki.identities import Identity

Document = dict[str, Any]
NODE = "/api/v1/nodes/n3"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
PODS = "/api/v1/namespaces/default/pods"
FOREIGN = {"key": "example.org/theirs", "effect": "NoSchedule"}


class Cluster(ThreadingHTTPServer):
    """Objects by path. `asked`: methods and paths in order."""

    daemon_threads = True

    def __init__(self, trust: ssl.SSLContext) -> None:
        super().__init__((LOOPBACK, 0), Handler)
        self.socket = trust.wrap_socket(self.socket, server_side=True)
        self.objects: dict[str, Document] = {}
        self.asked: list[tuple[str, str]] = []
        self.refuses = False
        self._version = 0

    def keep(self, path: str, **thing: Any) -> None:
        self._version += 1
        own = {"uid": f"u{self._version}", **thing.pop("metadata", {})}
        own |= {"name": path.rpartition("/")[2], "resourceVersion": str(self._version)}
        own.setdefault("namespace", "default")
        self.objects[path] = {"metadata": own, **thing}

    def under(self, kind: str, query: dict[str, list[str]]) -> list[Document]:
        wanted = query.get("fieldSelector", [""])[0].partition("spec.nodeName=")[2]
        found = [o for path, o in self.objects.items() if path.split("/")[-2] == kind]
        return [o for o in found if not wanted or o["spec"]["nodeName"] == wanted]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Those without a certificate."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Cluster

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path in self.server.objects:
            self._say(200, self.server.objects[url.path])
        elif (kind := url.path.rpartition("/")[2]) in ("pods", "endpointslices"):
            self._say(200, {"items": self.server.under(kind, parse_qs(url.query))})
        else:
            self._say(404, {"message": "not found"})

    def do_PATCH(self) -> None:
        assert self.headers["Content-Type"] == "application/merge-patch+json"
        said = self._body()
        found = self.server.objects[self.path]
        if said["metadata"]["resourceVersion"] != found["metadata"]["resourceVersion"]:
            self._say(409, {"message": "changed meanwhile"})
            return
        taints = said["spec"]["taints"]
        self.server.keep(self.path, spec={} if taints is None else {"taints": taints})
        self._say(200, self.server.objects[self.path])

    def do_PUT(self) -> None:
        said = self._body()
        assert said["kind"] == "EndpointSlice"
        self.server.keep(self.path, endpoints=said["endpoints"])
        self._say(200, self.server.objects[self.path])

    def do_DELETE(self) -> None:
        asked, found = self._body(), self.server.objects.get(self.path)
        if found is None:
            self._say(404, {"message": "not found"})
        elif any(found["metadata"][key] != v for key, v in asked["preconditions"].items()):
            self._say(409, {"message": "another one"})
        else:
            del self.server.objects[self.path]
            self._say(200, {"status": "Success"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the library's own name
        pass

    def _body(self) -> Document:
        said: Document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return said

    def _say(self, status: int, document: Document) -> None:
        self.server.asked.append((self.command, self.path))
        if self.server.refuses:
            status, document = 403, {"message": "forbidden"}
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Port 0: the fixture that serves has the real one."""
    now = datetime.now(UTC)
    authority = Authority.create("cluster", now)
    server = Identity("api", addresses=(IPv4Address(LOOPBACK),), client=False)
    (tmp_path / "ca.crt").write_text(authority.pair.cert)
    for name, who in (("server", server), ("agent", Identity("agent", server=False))):
        pair = authority.issue(who, now)
        (tmp_path / f"{name}.crt").write_text(pair.cert)
        (tmp_path / f"{name}.key").write_text(pair.key)
    ca, cert, key = (str(tmp_path / leaf) for leaf in ("ca.crt", "agent.crt", "agent.key"))
    return Door(LOOPBACK, 0, ca, cert, key, timeout_s=5.0)


@pytest.fixture
def cluster(door: Door, tmp_path: Path) -> Iterator[Cluster]:
    """n3 holds one lease, has pods of each kind and endpoints; n1 has the rest."""
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=door.ca)
    trust.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    trust.verify_mode = ssl.CERT_REQUIRED
    with Cluster(trust) as made:
        furnish(made)
        turning = threading.Thread(target=made.serve_forever, args=(0.01,))
        turning.start()
        yield made
        made.shutdown()
        turning.join()


def furnish(made: Cluster) -> None:
    made.keep(NODE, spec={"taints": [FOREIGN]})
    made.keep(f"{LEASES}/kube-controller-manager", spec={"holderIdentity": "n3_8a1c"})
    made.keep(f"{LEASES}/kube-scheduler", spec={"holderIdentity": "n1_77ee"})
    ends = [{"nodeName": "n1"}, {"nodeName": "n3"}]
    made.keep(f"{SLICES}/web-1", endpoints=ends)
    made.keep(f"{SLICES}/other", endpoints=[{"nodeName": "n1"}])
    for name, kind, node in (
        ("web", "ReplicaSet", "n3"),
        ("log", "DaemonSet", "n3"),
        ("db", "StatefulSet", "n3"),
        ("here", "ReplicaSet", "n1"),
    ):
        owner = {"kind": kind, "controller": True}
        made.keep(f"{PODS}/{name}", metadata={"ownerReferences": [owner]}, spec={"nodeName": node})
    made.keep(f"{PODS}/bare", spec={"nodeName": "n3"})


@pytest.fixture
def api(door: Door, cluster: Cluster) -> Iterator[Api]:
    own = Api(Door(LOOPBACK, cluster.server_port, door.ca, door.cert, door.key, 5.0))
    yield own
    own.close()


def go_on() -> None:
    """The order stands."""


def taints(cluster: Cluster) -> list[Document]:
    found: list[Document] = cluster.objects[NODE]["spec"].get("taints", [])
    return found


def pods(cluster: Cluster) -> set[str]:
    return {path.rpartition("/")[2] for path in cluster.objects if path.startswith(PODS)}


def test_what_may_run_twice_leaves_a_lost_node(api: Api, cluster: Cluster) -> None:
    carry_out(api, "n3", Grade.LOST, go_on)
    assert pods(cluster) == {"db", "bare", "here"}
    assert taints(cluster) == [FOREIGN, LOST_TAINT]
    assert f"{LEASES}/kube-controller-manager" not in cluster.objects
    assert f"{LEASES}/kube-scheduler" in cluster.objects
    assert cluster.objects[f"{SLICES}/web-1"]["endpoints"] == [{"nodeName": "n1"}]


def test_everything_leaves_one_that_is_certain_to_be_gone(api: Api, cluster: Cluster) -> None:
    carry_out(api, "n3", Grade.GONE, go_on)
    assert pods(cluster) == {"here"}
    assert taints(cluster) == [FOREIGN, LOST_TAINT, GONE_TAINT]


def test_a_second_time_changes_nothing(api: Api, cluster: Cluster) -> None:
    carry_out(api, "n3", Grade.LOST, go_on)
    cluster.asked.clear()
    assert set(carry_out(api, "n3", Grade.LOST, go_on).values()) == {0}
    assert {method for method, _ in cluster.asked} == {"GET"}


def test_a_node_that_is_back_keeps_others_taints_only(api: Api, cluster: Cluster) -> None:
    carry_out(api, "n3", Grade.GONE, go_on)
    carry_out(api, "n3", Grade.CLEAN, go_on)
    assert taints(cluster) == [FOREIGN]


def test_a_lease_that_a_survivor_has_taken_meanwhile_stays(api: Api, cluster: Cluster) -> None:
    lease = f"{LEASES}/kube-controller-manager"

    def taken() -> None:
        if ("GET", lease) in cluster.asked and "n1" not in str(cluster.objects[lease]):
            cluster.keep(lease, spec={"holderIdentity": "n1_0000"})

    found = api.get(lease)
    assert found is not None
    taken()
    with pytest.raises(ApiError, match="another one"):
        api.delete(lease, found)
    assert lease in cluster.objects


def test_a_node_that_never_registered_has_no_taints(api: Api) -> None:
    assert carry_out(api, "n9", Grade.LOST, go_on)["taints"] == 0


def test_an_order_called_back_ends_before_its_next_change(api: Api, cluster: Cluster) -> None:
    def called_back() -> None:
        if taints(cluster) != [FOREIGN]:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        carry_out(api, "n3", Grade.LOST, called_back)
    assert "web" in pods(cluster)


def test_a_refusal_is_said(api: Api, cluster: Cluster) -> None:
    cluster.refuses = True
    with pytest.raises(ApiError, match="403 forbidden"):
        api.get(NODE)


def test_who_is_not_there_is_said(door: Door) -> None:
    with pytest.raises(ApiError, match="GET"):
        Api(Door(LOOPBACK, 1, door.ca, door.cert, door.key, 1.0)).get(NODE)


def test_a_shut_door_is_an_answer(cluster: Cluster) -> None:
    assert answers(LOOPBACK, cluster.server_port, 5.0)
    assert answers(LOOPBACK, 1, 1.0)


def test_a_bmc_says_off_or_on_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("n1-secret\n")
    with bmcs(tmp_path) as service:
        url = f"https://{LOOPBACK}:{service.port}/redfish/v1/Systems/n1"
        bmc = Bmc(url, "n1", str(tmp_path / "password"), str(service.ca))
        assert powered(bmc, 5.0) is True
        service.chassis.on.discard("n1")
        assert powered(bmc, 5.0) is False
        service.chassis.graves.add("n1")
        assert powered(bmc, 5.0) is None
