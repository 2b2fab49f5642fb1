"""Deploys a rendered project: looks at the hosts first, then lets ansible-playbook do its work."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.errors import EnvironmentFailure, HostError
from holdfast.platforms.machines.project import PLAYBOOK

_LONGEST_LINE = 64 << 20
"""A result may carry the diffs of a whole host."""


@dataclass(frozen=True)
class Step:
    """One task as it went on all hosts. `changed`: the hosts on which it changed something."""

    name: str
    changed: tuple[str, ...] = ()
    diffs: tuple[tuple[str, Mapping[str, str]], ...] = ()
    """(host, diff as Ansible has it: before, after and their headers)."""


Listener = Callable[[Step], None]


async def deploy(
    project: Path, dry_run: bool, listen: Listener, variables: Mapping[str, str] | None = None
) -> None:
    """Run the playbook; `listen` hears of each step when it is over. `variables`: what the
    playbook has to know of this machine.

    Raises HostError for the first host and step that failed; nothing was started after it.
    """
    process = await asyncio.create_subprocess_exec(
        *_command(dry_run, variables or {}),
        cwd=project,
        env=_environment(project),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        said = asyncio.create_task(process.stderr.read())
        await follow(_events(process.stdout), listen)
        code = await process.wait()
        if code != 0:
            raise EnvironmentFailure(
                f"ansible-playbook ended with code {code}",
                (await said).decode(errors="replace").strip()[-500:],
            )
    finally:
        await _end(process)


def _command(dry_run: bool, variables: Mapping[str, str]) -> list[str]:
    program = Path(sys.executable).with_name("ansible-playbook")
    known = ["--extra-vars", json.dumps(dict(variables))] if variables else []
    return [str(program), PLAYBOOK, "--diff", *(["--check"] if dry_run else []), *known]


def _environment(project: Path) -> dict[str, str]:
    """Ours, without Ansible settings that someone made for other projects."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **own,
        "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "lines",
        "PYTHONWARNINGS": "ignore",
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    """Nothing of ours goes on when we were interrupted; what was begun, the next run completes."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def _events(stream: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    async for line in stream:
        if line.startswith(b"{"):
            yield json.loads(line)


async def follow(events: AsyncIterator[dict[str, Any]], listen: Listener) -> None:
    """Gather results into steps. Raises HostError on the first that failed."""
    step: Step | None = None
    async for event in events:
        match event["event"]:
            case "task":
                if step is not None:
                    listen(step)
                step = Step(event["task"])
            case "ok" if step is not None:
                step = _with(step, event)
            case "failed" | "unreachable":
                raise _failure(event)
    if step is not None:
        listen(step)


def _with(step: Step, event: dict[str, Any]) -> Step:
    if not event["changed"]:
        return step
    host, found = event["host"], event.get("diff", [])
    diffs = found if isinstance(found, list) else [found]
    texts = ({key: str(value) for key, value in diff.items()} for diff in diffs if diff)
    return Step(step.name, (*step.changed, host), (*step.diffs, *((host, t) for t in texts)))


def _failure(event: dict[str, Any]) -> HostError:
    said = [event.get("stderr", ""), event.get("msg", "")]
    text = next((words.strip() for words in said if words and words.strip()), "failed")
    if event["event"] == "unreachable":
        return HostError(event["host"], event["task"], text, "is it on, and does SSH let us in?")
    return HostError(
        event["host"], event["task"], text, "mend what it says and run `holdfast up` again"
    )
