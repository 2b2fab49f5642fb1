"""Kubernetes' own release site. Nothing is believed but what its published SHA-512 covers; the
first one seen is recorded, and the site cannot replace the binary behind it afterwards."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import httpx2

from holdfast.cluster import record
from holdfast.cluster.places import BINARIES, VERSION
from holdfast.errors import EnvironmentFailure

SITE = "https://dl.k8s.io"
_SHA512 = re.compile(r"[0-9a-f]{128}")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_TIMEOUT_S = 10
_PARTIAL = 206


class Site:
    def __init__(self, site: str = SITE) -> None:
        machine = platform.machine()
        architecture = _ARCHITECTURES.get(machine, machine)
        self.folder = f"v{VERSION}/bin/linux/{architecture}"
        self._base = f"{site}/{self.folder}"

    async def unreachable(self) -> str:
        """Why the site is of no use here; empty if it is."""
        try:
            await self._published(BINARIES[-1])
        except EnvironmentFailure as error:
            return error.message
        return ""

    async def fetch(self, name: str, target: Path) -> str:
        """See binaries.Source."""
        published = await self._published(name)
        url = f"{self._base}/{name}"
        try:
            await self._body(url, target)
        except httpx2.HTTPError as error:
            raise EnvironmentFailure(
                f"{url}: {_reason(error)}", "run it again: it goes on where it has stopped"
            ) from error
        _believe(target, published, url)
        return f"downloaded from {url}, SHA-512 as published beside it"

    async def _published(self, name: str) -> str:
        url = f"{self._base}/{name}.sha512"
        try:
            async with self._client() as client:
                answer = await client.get(url)
            answer.raise_for_status()
        except httpx2.HTTPError as error:
            raise EnvironmentFailure(f"{url}: {_reason(error)}") from error
        found = answer.text.strip()
        if not _SHA512.fullmatch(found):
            raise EnvironmentFailure(f"{url} is not a SHA-512", "something else answers there")
        return found

    async def _body(self, url: str, target: Path) -> None:
        """The rest of what an earlier run has begun, or all of it."""
        begun = _size(target)
        headers = {"Range": f"bytes={begun}-"} if begun else {}
        async with self._client() as client, client.stream("GET", url, headers=headers) as answer:
            answer.raise_for_status()
            with target.open("ab" if answer.status_code == _PARTIAL else "wb") as file:
                async for chunk in answer.aiter_bytes():
                    file.write(chunk)

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(follow_redirects=True, timeout=_TIMEOUT_S)


def _believe(target: Path, published: str, url: str) -> None:
    """Raises EnvironmentFailure, and removes the file, when it is another one."""
    found = record.digest(target)
    if found != published:
        target.unlink()
        raise EnvironmentFailure(
            f"{url} is refused: its SHA-512 is {found[:16]}..., published is {published[:16]}...",
            "try again; if it stays like that, someone is between you and the site",
        )


def _size(target: Path) -> int:
    return target.stat().st_size if target.exists() else 0


def _reason(error: httpx2.HTTPError) -> str:
    return str(error) or type(error).__name__
