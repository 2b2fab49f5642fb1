"""Which pods kube-proxy's rules lead to, from the moment that the kernel has them.

xtables-monitor tells of every rule that is made or taken away, and of the end of each writing; line
by line, if its output is no terminal, only through stdbuf. kube-proxy writes whole chains anew
though little has changed: so the rules of one writing are taken together.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

Clock = Callable[[], float]
Keep = Callable[[dict[str, Any]], None]
Leads = tuple[str, str]
"""A Service's name and a pod's address."""

_MONITOR = ("stdbuf", "-oL", "xtables-monitor", "--event", "-4")
_RULES = ("iptables-save", "--table", "nat")
_WRITTEN = b"NEWGEN:"

_RULE = re.compile(
    r"-(?P<verb>[AD]) KUBE-SEP-\S+ .*--comment \"?[\w.-]+/(?P<service>[\w.-]+?)(?::\S+?)?\"? "
    r".*--to-destination (?P<address>[\d.]+):"
)


def rule(line: str) -> tuple[int, Leads] | None:
    """+1 or -1, and where the rule leads; None for a line that is none of ours."""
    match = _RULE.search(line)
    if match is None:
        return None
    return (1 if match["verb"] == "A" else -1), (match["service"], match["address"])


async def follow_rules(clock: Clock, keep: Keep) -> None:
    """Never returns while the monitor runs."""
    pipe = asyncio.subprocess.PIPE
    null = asyncio.subprocess.DEVNULL
    monitor = await asyncio.create_subprocess_exec(*_MONITOR, stdout=pipe, stderr=null)
    assert monitor.stdout is not None
    try:
        count = await standing()
        while True:
            count.update(await writing(monitor.stdout, clock, keep, count))
    except EOFError:
        return
    finally:
        if monitor.returncode is None:
            monitor.kill()
        await monitor.wait()


async def standing() -> Counter[Leads]:
    """The rules that are there already."""
    null = asyncio.subprocess.DEVNULL
    save = await asyncio.create_subprocess_exec(
        *_RULES, stdout=asyncio.subprocess.PIPE, stderr=null
    )
    told, _ = await save.communicate()
    found = (rule(line) for line in told.decode().splitlines())
    return Counter(leads[1] for leads in found if leads is not None)


async def writing(
    lines: asyncio.StreamReader, clock: Clock, keep: Keep, before: Counter[Leads]
) -> Counter[Leads]:
    """One writing: what it changes is kept, each with the moment of its own last rule. Raises
    EOFError when the monitor has ended."""
    change: Counter[Leads] = Counter()
    when: dict[Leads, float] = {}
    while not (line := await lines.readline()).startswith(_WRITTEN):
        if not line:
            raise EOFError
        told = rule(line.decode("utf-8", "replace"))
        if told is not None:
            change[told[1]] += told[0]
            when[told[1]] = clock()
    for leads, at in when.items():
        was, now = before[leads] > 0, before[leads] + change[leads] > 0
        if was != now:
            keep(_event(leads, at, now))
    return change


def _event(leads: Leads, at: float, now: bool) -> dict[str, Any]:
    return {
        "line": "event",
        "at": at,
        "source": "kube-proxy",
        "kind": "added" if now else "withdrawn",
        "about": leads[0],
        "detail": leads[1],
    }
