"""Credentials are made once, kept as they are, and made anew only when they have to be."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import EnvironmentFailure
from holdfast.pki.credentials import Pair, placeholder
from holdfast.pki.identities import identities
from holdfast.pki.store import open_store
from holdfast.plan.model import Plan


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_second_opening_changes_nothing(tmp_path: Path, shop: Plan) -> None:
    first = open_store(tmp_path, shop)
    before = contents(tmp_path / "pki")
    assert open_store(tmp_path, shop) == first
    assert contents(tmp_path / "pki") == before


def test_nobody_else_may_read(tmp_path: Path, shop: Plan) -> None:
    open_store(tmp_path, shop)
    assert stat.S_IMODE((tmp_path / "pki").stat().st_mode) == 0o700
    for path in (tmp_path / "pki").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_new_is_new_and_nothing_else(tmp_path: Path, shop: Plan) -> None:
    without = shop.model_copy(update={"services": shop.services[1:]})
    before = open_store(tmp_path, without)
    after = open_store(tmp_path, shop)
    added = {key for key in after.pairs if key not in before.pairs}
    assert added == {"service-accounts"}
    assert {key: after.pairs[key] for key in before.pairs} == before.pairs
    assert (after.ca, after.ring_key) == (before.ca, before.ring_key)


def test_a_changed_name_makes_a_new_certificate(tmp_path: Path, shop: Plan) -> None:
    before = open_store(tmp_path, shop)
    after = open_store(tmp_path, shop.model_copy(update={"edge_names": ("shop.test",)}))
    changed = {key for key in before.pairs if before.pairs[key] != after.pairs[key]}
    assert changed == {"edge"}


def test_certificates_are_renewed_before_they_end(tmp_path: Path, shop: Plan) -> None:
    now = datetime.now(UTC)
    before = open_store(tmp_path, shop, now)
    assert open_store(tmp_path, shop, now + timedelta(days=360)) == before
    after = open_store(tmp_path, shop, now + timedelta(days=370))
    assert all(after.pairs[key] != before.pairs[key] for key in before.pairs)
    assert after.ca == before.ca


def test_a_half_written_pair_is_made_anew(tmp_path: Path, shop: Plan) -> None:
    before = open_store(tmp_path, shop)
    (tmp_path / "pki" / "edge.crt").unlink()
    assert open_store(tmp_path, shop).edge != before.edge


def test_rubbish_is_said_and_not_replaced(tmp_path: Path, shop: Plan) -> None:
    open_store(tmp_path, shop)
    (tmp_path / "pki" / "ca.key").write_text("rubbish")
    with pytest.raises(EnvironmentFailure, match="cannot be used"):
        open_store(tmp_path, shop)
    assert (tmp_path / "pki" / "ca.key").read_text() == "rubbish"


def test_secrets_are_not_shown(tmp_path: Path, shop: Plan) -> None:
    credentials = open_store(tmp_path, shop)
    assert "PRIVATE KEY" not in repr(credentials) + repr(credentials.edge)
    assert credentials.ring_key not in repr(credentials)


def test_a_placeholder_has_everything_but_secrets(shop: Plan) -> None:
    blank = placeholder(shop)
    assert blank == placeholder(shop)
    assert set(blank.pairs) == set(identities(shop))
    assert "PRIVATE KEY" not in "".join(pair.pem for pair in blank.pairs.values())


@pytest.mark.parametrize(
    ("server", "client", "name"),
    [
        ("host-n1", "host-n2", "n1"),
        ("host-n1", "service-accounts", "accounts.holdfast.internal"),
        ("service-front", "host-n3", "front.services.holdfast.internal"),
        ("host-n2", "holdfast_probe", "accounts.holdfast.internal"),
    ],
)
def test_both_ends_know_each_other(
    tmp_path: Path, shop: Plan, server: str, client: str, name: str
) -> None:
    open_store(tmp_path, shop)
    assert shake_hands(tmp_path / "pki", server, client, name) == client_name(client)


@pytest.mark.parametrize(
    ("server", "client", "name"),
    [
        ("host-n1", "host-n2", "n3"),
        ("holdfast_probe", "host-n2", "holdfast_probe"),
        ("host-n1", "edge", "n1"),
    ],
)
def test_nobody_plays_another_part(
    tmp_path: Path, shop: Plan, server: str, client: str, name: str
) -> None:
    open_store(tmp_path, shop)
    with pytest.raises(ssl.SSLError):
        shake_hands(tmp_path / "pki", server, client, name)


def client_name(key: str) -> str:
    return key.rpartition("-")[2]


def shake_hands(pki: Path, server: str, client: str, name: str) -> str:
    """The common name that the server sees, when `client` expects to talk to `name`."""
    answering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pki / "ca.crt")
    answering.verify_mode = ssl.CERT_REQUIRED
    answering.load_cert_chain(pki / f"{server}.crt", pki / f"{server}.key")
    asking = ssl.create_default_context(cafile=pki / "ca.crt")
    asking.load_cert_chain(pki / f"{client}.crt", pki / f"{client}.key")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = asking.wrap_bio(to_client, to_server, server_hostname=name)
    there = answering.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    peer: dict[str, Any] = dict(there.getpeercert() or {})
    names: dict[str, str] = dict(pair for name in peer["subject"] for pair in name)
    return names["commonName"]


def test_a_pair_is_one_file_for_haproxy() -> None:
    assert Pair("cert\n", "key\n").pem == "cert\nkey\n"
