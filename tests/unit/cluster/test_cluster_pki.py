"""The certificates of a cluster as OpenSSL reads them, and that they are kept."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from holdfast.cluster.identities import identities
from holdfast.cluster.model import ClusterPlan
from holdfast.cluster.store import open_store
from holdfast.errors import EnvironmentFailure


def openssl(path: Path, *what: str) -> str:
    argv = ("openssl", "x509", "-in", str(path), "-noout", "-nameopt", "RFC2253", *what)
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def folder(tmp_path: Path, outside: ClusterPlan) -> Path:
    open_store(tmp_path, outside)
    return tmp_path / "cluster"


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        ("kubelet-n1", "CN=system:node:n1,O=system:nodes"),
        ("admin", "CN=kubernetes-admin,O=system:masters"),
        ("controller-manager", "CN=system:kube-controller-manager"),
        ("scheduler", "CN=system:kube-scheduler"),
        ("kube-proxy", "CN=system:kube-proxy"),
        ("front-proxy-client", "CN=front-proxy-client"),
    ],
)
def test_clients_have_the_names_that_kubernetes_expects(
    folder: Path, key: str, subject: str
) -> None:
    path = folder / f"{key}.crt"
    assert openssl(path, "-subject").strip() == f"subject={subject}"
    assert "TLS Web Client" in openssl(path, "-ext", "extendedKeyUsage")
    assert "TLS Web Server" not in openssl(path, "-ext", "extendedKeyUsage")


def test_every_api_server_answers_to_every_name(folder: Path, outside: ClusterPlan) -> None:
    names = openssl(folder / "apiserver-n2.crt", "-ext", "subjectAltName")
    for name in ("kubernetes.default.svc.cluster.local", "n1", "n2", "n3"):
        assert f"DNS:{name}" in names
    addresses = [outside.api_service, outside.endpoint.address, "127.0.0.1"]
    for address in (*addresses, *(node.address for node in outside.nodes)):
        assert f"IP Address:{address}" in names


def test_each_authority_signs_its_own(folder: Path, outside: ClusterPlan) -> None:
    for key, (authority, _) in identities(outside).items():
        argv = ("openssl", "verify", "-CAfile", str(folder / f"{authority}-ca.crt"))
        done = subprocess.run((*argv, str(folder / f"{key}.crt")), capture_output=True, check=False)
        assert done.returncode == 0, key


def test_a_second_opening_changes_nothing(tmp_path: Path, outside: ClusterPlan) -> None:
    first = open_store(tmp_path, outside)
    assert open_store(tmp_path, outside) == first
    for path in (tmp_path / "cluster").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_key_is_said(tmp_path: Path, outside: ClusterPlan) -> None:
    open_store(tmp_path, outside)
    (tmp_path / "cluster/tokens.key").write_text("nonsense")
    with pytest.raises(EnvironmentFailure, match="cannot be used"):
        open_store(tmp_path, outside)
