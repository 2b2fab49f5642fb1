"""Root file systems that lab hosts share, read-only: each made once by mmdebstrap, then kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from holdfast.errors import LabError
from holdfast.lab.locks import locked
from holdfast.lab.recipe import EXCLUDED, MACHINES, MASKED, SUITE, Recipe
from holdfast.lab.tool import must, remove_tree

Say = Callable[[str], None]
"""Told, in a few words, what is being done."""

_TAIL = 5


def path(recipe: Recipe = MACHINES) -> Path:
    """Where the recipe's image is, or will be."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "holdfast" / f"image-{recipe.digest()}"


async def ready(say: Say, recipe: Recipe = MACHINES) -> Path:
    """The recipe's image, built first if there is none. Raises LabError.

    A build happens beside the image's place and is moved there at the end, so a killed one
    leaves no half image, only rubbish that the next one removes.
    """
    image = path(recipe)
    if image.is_dir():
        return image
    async with locked(image.with_suffix(".building")):
        if not image.is_dir():
            await _build(recipe, image, say)
    return image


async def _build(recipe: Recipe, image: Path, say: Say) -> None:
    say(f"image: building Debian {SUITE} in {image}, once; takes a minute or two")
    part = image.with_suffix(".building") / "root"
    await remove_tree(part)
    try:
        await _bootstrap(recipe, part, say)
        await _furnish(recipe, part)
        part.rename(image)
    finally:
        await remove_tree(part)
    say("image: done")


async def _bootstrap(recipe: Recipe, root: Path, say: Say) -> None:
    """Run mmdebstrap so that it, all it starts and all it mounts are gone when we are killed."""
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"),
        *_mmdebstrap(recipe, root),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    tail: list[str] = []
    try:
        async for line in process.stderr:
            text = line.decode(errors="replace").strip()
            tail = [*tail, text][-_TAIL:]
            if text.startswith("I: "):
                say(f"image: {text.removeprefix('I: ')}")
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        raise LabError(
            f"mmdebstrap failed ({code}): {' | '.join(tail)}",
            hint="it needs a Debian mirror: look at the network, and at http_proxy if there is one",
        )


def _mmdebstrap(recipe: Recipe, root: Path) -> tuple[str, ...]:
    excluded = (f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED)
    early = (
        f'--essential-hook=mkdir -p "$(dirname "$1{file}")" && echo "{content.strip()}" >"$1{file}"'
        for file, content in recipe.before_install.items()
    )
    return (
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(recipe.packages)}",
        *excluded,
        *early,
        SUITE,
        str(root),
    )


async def _furnish(recipe: Recipe, root: Path) -> None:
    """Everything after the packages: files, and which units start."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for file, content in recipe.files.items():
        target = root / file.removeprefix("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(content)
    await must("systemctl", "--quiet", f"--root={root}", "disable", *recipe.held)
    await must("systemctl", "--quiet", f"--root={root}", "enable", *recipe.enabled)
    await must("systemctl", "--quiet", f"--root={root}", "mask", *MASKED)
