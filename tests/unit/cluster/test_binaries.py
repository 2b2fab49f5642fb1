"""Binaries come from where they are asked from, whole and of the right release, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from holdfast.cluster import building, record
from holdfast.cluster.binaries import provide
from holdfast.cluster.download import Site
from holdfast.cluster.places import BINARIES, VERSION
from holdfast.errors import EnvironmentFailure, InputError


def quiet(words: str) -> None:
    """Nobody listens."""


def programs(folder: Path, version: str = VERSION) -> Path:
    """A folder of scripts that say that they are Kubernetes."""
    folder.mkdir(exist_ok=True)
    for name in BINARIES:
        path = folder / name
        path.write_text(f"#!/bin/sh\necho Kubernetes v{version}\n")
        path.chmod(0o755)
    return folder


async def test_from_a_folder(tmp_path: Path) -> None:
    source, at = programs(tmp_path / "mine"), tmp_path / "cache"
    assert await provide(str(source), quiet, at) == at
    assert record.load(at).keys() == set(BINARIES)
    assert record.missing(at) == ()


async def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    at = tmp_path / "cache"
    await provide(str(programs(tmp_path / "mine")), quiet, at)
    said: list[str] = []
    await provide(str(tmp_path / "gone"), said.append, at)
    assert said == []


async def test_an_interrupted_run_is_continued(tmp_path: Path) -> None:
    source, at = programs(tmp_path / "mine"), tmp_path / "cache"
    (source / "kubelet").unlink()
    with pytest.raises(InputError, match="has no kubelet"):
        await provide(str(source), quiet, at)
    assert set(record.load(at)) == set(BINARIES[: BINARIES.index("kubelet")])
    said: list[str] = []
    await provide(str(programs(source)), said.append, at)
    assert said[0].startswith("binaries: kubelet")


async def test_another_release_is_refused(tmp_path: Path) -> None:
    source = programs(tmp_path / "mine", "1.30.0")
    with pytest.raises(InputError, match=r"not of release"):
        await provide(str(source), quiet, tmp_path / "cache")


async def test_a_binary_that_has_changed_is_refused(tmp_path: Path) -> None:
    at = tmp_path / "cache"
    await provide(str(programs(tmp_path / "mine")), quiet, at)
    (at / "kubelet").write_text("#!/bin/sh\necho owned\n")
    with pytest.raises(EnvironmentFailure, match="SHA-512"):
        await provide("auto", quiet, at)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Site, Path]]:
    """A release site on loopback, and its folder."""
    root = tmp_path / "site"
    root.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(root))  # type: ignore[arg-type]

        def log_message(self, *args: object) -> None:
            """Nobody listens."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    found = Site(f"http://127.0.0.1:{server.server_port}")
    yield found, root / found.folder
    server.shutdown()
    server.server_close()
    thread.join()


def publish(folder: Path, content: bytes, digest: str | None = None) -> None:
    folder.mkdir(parents=True)
    (folder / "kubectl").write_bytes(content)
    (folder / "kubectl.sha512").write_text(digest or hashlib.sha512(content).hexdigest())


async def test_a_download_is_what_was_published(site: tuple[Site, Path], tmp_path: Path) -> None:
    found, folder = site
    publish(folder, b"program")
    assert await found.unreachable() == ""
    origin = await found.fetch("kubectl", tmp_path / "kubectl.part")
    assert (tmp_path / "kubectl.part").read_bytes() == b"program"
    assert "SHA-512 as published" in origin


async def test_a_wrong_checksum_is_refused(site: tuple[Site, Path], tmp_path: Path) -> None:
    found, folder = site
    publish(folder, b"program", "0" * 128)
    with pytest.raises(EnvironmentFailure, match="is refused"):
        await found.fetch("kubectl", tmp_path / "kubectl.part")
    assert not (tmp_path / "kubectl.part").exists()


async def test_a_site_that_is_not_there_says_why(site: tuple[Site, Path]) -> None:
    found, _ = site
    assert "404" in await found.unreachable()


def test_the_module_is_pinned_and_of_our_release() -> None:
    text = (building.module() / "go.mod").read_text()
    major, minor, patch = VERSION.split(".")
    assert f"k8s.io/kubernetes v{VERSION}\n" in text
    assert text.count(f" v0.{minor}.{patch}\n") >= 31 and major == "1"
    assert f"k8s.io/kubernetes v{VERSION} h1:" in (building.module() / "go.sum").read_text()
