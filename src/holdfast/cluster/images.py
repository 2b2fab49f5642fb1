"""The two container images that a cluster is given: built here, by no registry and no daemon.

Each is one static program of a page of C, in an archive as `docker save` writes it
(github.com/moby/docker-image-spec), the same bytes for the same program.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from importlib.resources import files
from pathlib import Path

from holdfast.cluster.places import PAUSE, TEST_IMAGE, archive_of
from holdfast.errors import EnvironmentFailure
from holdfast.hosts.local import Local

_PROGRAMS = {PAUSE: "pause", TEST_IMAGE: "hostname"}
_COMPILER = ("gcc", "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror")


def folder() -> Path:
    """Where the archives are kept, or will be: named by what they are made from."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    made_from = repr((_PROGRAMS, _COMPILER, [_source(name) for name in _PROGRAMS.values()]))
    digest = hashlib.sha256(made_from.encode()).hexdigest()[:12]
    return Path(cache) / "holdfast" / f"images-{digest}"


async def provide() -> Path:
    """The folder with both archives, made where they are missing. Raises EnvironmentFailure."""
    at = folder()
    at.mkdir(parents=True, exist_ok=True)
    for image, program in _PROGRAMS.items():
        if not (at / archive_of(image)).exists():
            part = at / f"{program}.part"
            await _compile(program, part)
            draft = at / f"{program}.draft"
            draft.write_bytes(archive(image, program, part.read_bytes()))
            draft.replace(at / archive_of(image))
            part.unlink()
    return at


def archive(image: str, program: str, content: bytes) -> bytes:
    """An image whose only file is the program, which it runs."""
    layer = _tar({program: (content, 0o755)})
    configuration = {
        "architecture": _architecture(),
        "os": "linux",
        "config": {"Entrypoint": [f"/{program}"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [image], "Layers": ["layer.tar"]}]
    return _tar(
        {
            "layer.tar": (layer, 0o644),
            "config.json": (json.dumps(configuration).encode(), 0o644),
            "manifest.json": (json.dumps(manifest).encode(), 0o644),
        }
    )


def _tar(entries: dict[str, tuple[bytes, int]]) -> bytes:
    """Of root's files, without times."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, (content, mode) in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


def _architecture() -> str:
    """As images name it."""
    machine = os.uname().machine
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def _source(program: str) -> str:
    return files("holdfast.cluster").joinpath(f"programs/{program}.c").read_text(encoding="utf-8")


async def _compile(program: str, target: Path) -> None:
    done = await Local().run(*_COMPILER, "-x", "c", "-", "-o", str(target), stdin=_source(program))
    if not done.ok:
        said = (done.err.strip().splitlines() or ["no message"])[-1]
        raise EnvironmentFailure(
            f"the image of {program} could not be built ({done.code}): {said}",
            "it needs a C compiler: apt-get install gcc libc6-dev",
        )
