"""Running this machine's own programs for the lab."""

from __future__ import annotations

from pathlib import Path

from holdfast.errors import LabError
from holdfast.hosts.local import Local

_here = Local("this machine")


async def attempt(*argv: str) -> bool:
    """Run a command whose failure is no news, such as removing what may be gone."""
    return (await _here.run(*argv)).ok


async def must(*argv: str) -> str:
    """Run a command that has to work, and return what it printed. Raises LabError."""
    result = await _here.run(*argv)
    if not result.ok:
        said = (result.err.strip() or result.out.strip()).splitlines()
        raise LabError(
            f"{argv[0]} failed ({result.code}): {said[-1] if said else 'no message'}",
            hint=f"the command was: {' '.join(argv)}",
        )
    return result.out


async def remove_tree(tree: Path) -> None:
    """Remove a folder with all in it, but nothing that is mounted there."""
    await must("rm", "-rf", "--one-file-system", str(tree))
