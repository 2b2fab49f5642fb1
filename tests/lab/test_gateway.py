"""The gateways on deployed hosts: who gets through, who does not, and what may change meanwhile.

Order and correctness only. One site, three gateways, one service that says what it was asked.
"""

from __future__ import annotations

import json
import shutil
import ssl
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.lab.asking import Answer, Gateway, ask, bearer, claims, sealed, signed, unsigned
from tests.lab.site import HOSTS, Site, shop_site

from holdfast.pki.tokens import TokenKey, create, read

pytestmark = pytest.mark.lab

SOURCE = Path(__file__).parent / "gateway"
PATIENCE_S = 60.0
HAPROXY = "systemctl show --property=MainPID --value haproxy"
ASKED = "journalctl --unit='holdfast-echo@*' --output=cat --no-pager | grep ^asked; true"


@pytest.fixture(scope="module")
def deployed(can_boot: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with shop_site("gateway", tmp_path_factory.mktemp("gateway")) as place:
        shutil.rmtree(place.spec.parent / "services")
        shutil.copytree(SOURCE, place.spec.parent, dirs_exist_ok=True)
        place.must("up")
        yield place


@pytest.fixture
def site(deployed: Site) -> Site:
    """All three instances serve, at every gateway."""
    for gateway in gateways(deployed):
        await_instances(gateway)
    return deployed


@pytest.fixture
def gateway(site: Site) -> Gateway:
    return gateways(site)[0]


def gateways(site: Site) -> list[Gateway]:
    return [Gateway.at(str(vip), site.pki / "ca.crt") for vip in site.lab.inventory().vips]


def await_instances(gateway: Gateway) -> None:
    ends = time.monotonic() + PATIENCE_S
    while {told.get("instance") for told in _three(gateway)} != {"1", "2", "3"}:
        assert time.monotonic() < ends
        time.sleep(0.2)


def _three(gateway: Gateway) -> list[dict[str, Any]]:
    answers = [gateway.ask("/api/there") for _ in range(3)]
    return [answer.told if answer.status == 200 else {} for answer in answers]


def keys(site: Site) -> dict[str, TokenKey]:
    """The site's token keys, one by each part."""
    return {key.part: key for key in read((site.pki / "tokens.json").read_text())}


def token(key: TokenKey, **other: Any) -> str:
    return signed(key.private, {"kid": key.kid}, claims(**other))


def asked(site: Site) -> Counter[str]:
    """How often each `METHOD path` has reached an instance."""
    lines = "\n".join(site.everywhere(ASKED).values()).splitlines()
    return Counter(line.removeprefix("asked ") for line in lines)


def header(told: Any, name: str) -> list[str]:
    return [value for key, value in told["headers"] if key == name]


# --- routes


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/api", 200),
        ("/apis", 200),
        ("/api/mine", 401),
        ("/api/mine/", 401),
        ("/api/mine/x?y=/api/mine/public", 401),
        ("/api/mine/public", 200),
        ("/api/mine/publicly", 401),
        ("/api/idle", 503),
        ("/api//mine", 400),
        ("/api/./mine", 400),
        ("/api/x/../mine", 400),
        ("/api/%6dine", 400),
        ("/api%2fmine", 400),
        ("/api\\mine", 400),
        ("/api/mine%00", 400),
    ],
)
def test_a_path_leads_where_the_longest_route_says(
    gateway: Gateway, path: str, status: int
) -> None:
    answer = gateway.ask(path)
    assert answer.status == status
    if status == 200:
        assert answer.told["path"] == path.partition("?")[0]
    else:
        assert "error" in answer.told


# --- tokens


def attacks(right: TokenKey, spare: TokenKey) -> dict[str, str]:
    """Tokens that are none, by what is wrong with them."""
    other = create("signing", right.since)
    kid = {"kid": right.kid}
    good = token(right)
    head, payload, signature = good.split(".")
    jwk = {name: other.jwk[name] for name in ("kty", "n", "e")}
    forged = unsigned({**kid, "alg": "RS256"}, claims(sub="another")).partition(".")[2]
    return {
        "no algorithm": unsigned({**kid, "alg": "none"}, claims()) + ".",
        "no algorithm, otherwise spelt": unsigned({**kid, "alg": "nOnE"}, claims()) + ".",
        "none, but signed": f"{unsigned({**kid, 'alg': 'none'}, claims())}.{signature}",
        "the public key as a secret": sealed(right.public, kid, claims()),
        "the wrong key": signed(other.private, kid, claims()),
        "the wrong key, brought along": signed(other.private, {**kid, "jwk": jwk}, claims()),
        "an unknown key": signed(other.private, {"kid": other.kid}, claims()),
        "no key": signed(right.private, {}, claims()),
        "a path as key": signed(other.private, {"kid": "../../../../dev/null"}, claims()),
        "a key that is not accepted yet": token(spare),
        "expired": token(right, exp=int(time.time()) - 1),
        "without an end": token(right, exp=None),
        "an end that is no number": token(right, exp="never"),
        "not valid yet": token(right, nbf=int(time.time()) + 600),
        "another issuer": token(right, iss="shopper"),
        "no issuer": token(right, iss=None),
        "another audience": token(right, aud="shopper"),
        "nobody's": token(right, sub=None),
        "a header in its subject": token(right, sub="me\r\nX-Admin: yes"),
        "another's words": f"{head}.{forged}.{signature}",
        "cut off": good[:-8],
        "without a signature": f"{head}.{payload}.",
        "only two parts": f"{head}.{payload}",
        "nonsense": "x.y.z",
    }  # fmt: skip


def test_no_token_but_a_right_one_gets_through(site: Site, gateway: Gateway) -> None:
    right, spare = keys(site)["signing"], keys(site)["spare"]
    said = {
        name: gateway.ask("/api/mine", headers=bearer(each)).status
        for name, each in attacks(right, spare).items()
    }
    assert {name for name, status in said.items() if status != 401} == set()
    for each in gateways(site):
        answer = each.ask("/api/mine", headers=bearer(token(right)))
        assert answer.status == 200
        assert header(answer.told, "x-holdfast-subject") == ["someone"]
    assert gateway.ask("/api/mine", headers={"Authorization": "Basic x"}).status == 401
    assert gateway.ask(f"/api/mine?access_token={token(right)}").status == 401


def test_nobody_says_himself_who_he_is(site: Site, gateway: Gateway) -> None:
    lies = {
        "X-Holdfast-Subject": "admin",
        "x_holdfast_subject": "admin",
        "X-Forwarded-For": "10.0.0.1",
        "X-Real-IP": "10.0.0.1",
        "X-Request-Id": "mine",
    }
    open_ = gateway.ask("/api/x", headers=lies).told
    assert not {"admin", "10.0.0.1", "mine"} & {value for _, value in open_["headers"]}
    own = gateway.ask("/api/mine", headers={**lies, **bearer(token(keys(site)["signing"]))}).told
    assert header(own, "x-holdfast-subject") == ["someone"]
    assert "admin" not in {value for _, value in own["headers"]}


def test_two_tokens_are_none(site: Site, gateway: Gateway) -> None:
    lines = [f"Authorization: {bearer(token(keys(site)['signing']))['Authorization']}"] * 2
    heard = gateway.exchange(request("GET /api/mine", *lines))
    assert statuses(heard) == [400]


# --- form


def request(line: str, *headers: str, body: str = "") -> bytes:
    head = "\r\n".join((f"{line} HTTP/1.1", "Host: shop", *headers))
    return f"{head}\r\n\r\n{body}".encode("latin-1")


def statuses(heard: bytes) -> list[int]:
    """Of every answer in there."""
    parts = heard.split(b"HTTP/1.1 ")[1:]
    return [int(part[:3]) for part in parts]


INNER = "GET /api/smuggled HTTP/1.1\r\nHost: shop\r\n\r\n"
CHUNKED = f"0\r\n\r\n{INNER}"
SMUGGLED = {
    "length and chunks": (f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: chunked"),
    "chunks and length": ("Transfer-Encoding: chunked", "Content-Length: 4"),
    "chunks, almost": (f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: xchunked"),
    "chunks twice": ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    "a space before the colon": (f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding : chunked"),
    "a tab before the word": (f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding:\x0bchunked"),
    "a folded line": (f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding:\r\n chunked"),
    "a bare line feed": (f"Content-Length: {len(CHUNKED)}", "X: y\nTransfer-Encoding: chunked"),
    "a zero byte": (f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: chunked\0"),
    "two lengths": ("Content-Length: 5", f"Content-Length: {len(CHUNKED)}"),
    "two lengths in one": (f"Content-Length: 5, {len(CHUNKED)}",),
    "a signed length": ("Content-Length: +5",),
    "a negative length": ("Content-Length: -1",),
    "a length in hexadecimal": ("Content-Length: 0x5",),
}


def test_nobody_smuggles_a_request_in(site: Site, gateway: Gateway) -> None:
    said = {
        name: statuses(gateway.exchange(request("POST /api/outer", *lines, body=CHUNKED), 0.5))
        for name, lines in SMUGGLED.items()
    }
    refused = {name: each[:1] in ([400], [411]) and len(each) == 1 for name, each in said.items()}
    assert {name: said[name] for name, good in refused.items() if not good} == {}
    reached = asked(site)
    assert (reached["GET /api/smuggled"], reached["POST /api/outer"]) == (0, 0)


def test_a_body_is_as_long_as_it_says_and_not_too_long(gateway: Gateway) -> None:
    limit = 64 << 10
    assert gateway.ask("/api/x", "POST", body=b"x" * limit).told["body"] == limit
    assert gateway.ask("/api/x", "POST", body=b"x" * (limit + 1)).status == 413
    heard = gateway.exchange(request("POST /api/x", f"Content-Length: {10 << 30}", body="x"))
    assert statuses(heard) == [413]


def test_every_request_has_an_id_of_its_own(site: Site) -> None:
    answers = [each.ask("/api/x") for each in gateways(site) for _ in range(3)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert [header(answer.told, "x-request-id") for answer in answers] == [[each] for each in ids]
    assert len(set(ids)) == len(ids)
    assert {answer.headers["x-served-through"] for answer in answers} == set(HOSTS)


def test_answers_say_how_they_may_be_used_and_not_by_whom_they_were_made(gateway: Gateway) -> None:
    for path in ("/api/x", "/api/mine", "/api/idle", "/api//x"):
        headers = gateway.ask(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "server" not in headers


def test_every_request_is_in_the_log_and_no_secret_of_it(site: Site, gateway: Gateway) -> None:
    secret = token(keys(site)["signing"])
    answers = {
        path: gateway.ask(f"{path}?password=secret", headers=bearer(secret))
        for path in ("/api/logged", "/api/mine/logged", "/api//logged")
    }
    log = site.on("n1", "journalctl --unit=haproxy --output=cat --no-pager | grep logged")
    lines = {each["path"]: each for each in map(json.loads, log.splitlines())}
    for path, answer in answers.items():
        assert lines[path]["id"] == answer.headers["x-request-id"]
        assert lines[path]["status"] == answer.status
    assert lines["/api/mine/logged"]["subject"] == "someone"
    assert "secret" not in log
    assert secret not in log


# --- limits


def test_a_limit_holds_for_all_gateways_together(site: Site) -> None:
    """A third of it at each; by then, or as soon as the last counts have arrived, all refuse."""
    passed = [each.ask("/api/few").status for each in gateways(site) for _ in range(10)]
    assert passed == [200] * 30
    time.sleep(1)
    for each in gateways(site):
        answer = each.ask("/api/few")
        assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    assert gateways(site)[0].ask("/api/x").status == 200


def test_a_limit_is_each_users_own(site: Site, gateway: Gateway) -> None:
    key = keys(site)["signing"]
    one, two = (bearer(token(key, sub=name)) for name in ("one", "two"))
    statuses = [gateway.ask("/api/mine/few", headers=one).status for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert gateway.ask("/api/mine/few", headers=two).status == 200
    assert gateway.ask("/api/mine/few").status == 401


def test_slow_clients_hold_nobody_up(site: Site, gateway: Gateway) -> None:
    """Half a head, and half a body, that never go on: each is told so, and none reaches an
    instance."""
    before = asked(site)
    halves = (
        b"GET /api/slow HTTP/1.1\r\nHost: shop\r\nX: ",
        request("POST /api/slow", "Content-Length: 1000", body="half"),
    )
    slow = [gateway.open() for _ in range(100)]
    try:
        for number, each in enumerate(slow):
            each.sendall(halves[number % 2])
        assert [gateway.ask("/api/quick").status for _ in range(20)] == [200] * 20
        told = [each.recv(4096) for each in slow]
    finally:
        for each in slow:
            each.close()
    assert {tuple(statuses(each)) for each in told} == {(408,)}
    reached = asked(site) - before
    assert {line for line in reached if "slow" in line} == set()
    assert reached["GET /api/quick"] == 20


# --- failures


def dying(gateway: Gateway, method: str) -> dict[str, int]:
    """Six requests, some of which meet the instance that dies of them: their status by path."""
    paths = [f"/api/die/2/{method}-{number}" for number in range(6)]
    return {path: gateway.ask(path, method).status for path in paths}


def test_only_what_may_be_asked_twice_is_asked_twice(site: Site, gateway: Gateway) -> None:
    reads = dying(gateway, "GET")
    assert set(reads.values()) == {200}
    await_instances(gateway)
    writes = dying(gateway, "POST")
    assert set(writes.values()) == {200, 502}
    times = asked(site)
    assert any(times[f"GET {path}"] == 2 for path in reads)
    assert {times[f"POST {path}"] for path in writes} == {1}


# --- changes


@contextmanager
def meanwhile(*work: Callable[[], Answer]) -> Iterator[list[int]]:
    """The statuses of requests that go on and on, in a thread for each kind."""
    found: list[int] = []
    over = threading.Event()

    def go_on(ask_: Callable[[], Answer]) -> None:
        while not over.is_set():
            try:
                found.append(ask_().status)
            except OSError:
                found.append(0)
            time.sleep(0.05)

    threads = [threading.Thread(target=go_on, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_keys_change_without_a_failed_request(site: Site, gateway: Gateway) -> None:
    old = keys(site)["signing"]
    mine = bearer(token(old, exp=int(time.time()) + 900))
    running = site.everywhere(HAPROXY)
    with meanwhile(
        lambda: gateway.ask("/api/mine", headers=mine),
        lambda: gateways(site)[1].ask("/api/x", "POST", body=b"x"),
    ) as found:
        site.must("keys", "rotate")
    assert set(found) == {200}
    new = keys(site)["signing"]
    assert new.kid != old.kid
    assert {told["kid"] for told in _three(gateway)} == {new.kid}
    early = site.holdfast("keys", "retire")
    assert early.returncode == 1
    assert "wait" in early.stderr
    assert gateway.ask("/api/mine", headers=mine).status == 200
    site.must("keys", "retire", "--now")
    for each in gateways(site):
        assert each.ask("/api/mine", headers=mine).status == 401
        assert each.ask("/api/mine", headers=bearer(token(old))).status == 401
        assert each.ask("/api/mine", headers=bearer(token(new))).status == 200
    assert site.everywhere(HAPROXY) == running


def test_certificates_change_under_a_connection_that_stays(site: Site, gateway: Gateway) -> None:
    running = site.everywhere(HAPROXY)
    before = ssl.get_server_certificate((gateway.address, 443))
    kept = gateway.connect()
    assert ask(kept, "/api/x").status == 200
    for path in (*site.pki.glob("edge.*"), *site.pki.glob("host-*.*")):
        path.unlink()
    with meanwhile(lambda: ask(kept, "/api/x")) as found:
        site.must("up")
    assert set(found) == {200}
    kept.close()
    assert ssl.get_server_certificate((gateway.address, 443)) != before
    assert gateway.ask("/api/x").status == 200
    assert site.everywhere(HAPROXY) == running


# --- figures


def test_operators_see_the_figures_and_users_do_not(site: Site, gateway: Gateway) -> None:
    for host in site.lab.inventory().hosts:
        figures = Gateway.at(f"{host.address}:8404", site.pki / "ca.crt").ask("/metrics")
        assert figures.status == 200
        assert b'haproxy_frontend_http_requests_total{proxy="edge"}' in figures.body
    assert gateway.ask("/metrics").told["path"] == "/metrics"


def test_the_gateways_own_share(
    site: Site, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """Seconds are for people to read; that both ways answer everything is what is tested."""
    hosts = site.lab.inventory().hosts
    addresses = " ".join(f"{host.address}:8501" for host in hosts)
    script = (SOURCE / "share.py").read_text()
    site.on("n1", f"cat >/tmp/share.py <<'END'\n{script}\nEND")
    vip = site.lab.inventory().vips[0]
    took = json.loads(site.on("n1", f"python3 /tmp/share.py 300 {vip}:443 {addresses}"))
    assert {len(times) for times in took.values()} == {300}
    for way, times in took.items():
        quantiles = statistics.quantiles(times, n=100)
        record_testsuite_property(f"gateway, {way}: median, ms", quantiles[49] * 1000)
        record_testsuite_property(f"gateway, {way}: 99th percentile, ms", quantiles[98] * 1000)
