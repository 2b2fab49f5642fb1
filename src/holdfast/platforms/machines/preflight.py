"""Looks at the hosts before anything on them is touched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from holdfast.errors import HostError
from holdfast.hosts.base import Transport

_STEP = "look at the host"
_FREE_MB = 1024
_CLOCK_S = 2.0
"""Certificates and logs need clocks that agree roughly; NTP keeps them far closer."""

_QUESTIONS = """
. /etc/os-release && echo "$ID-$VERSION_ID"
id -u
df --output=avail -BM /var/lib | tail -1 | tr -dc 0-9; echo
chrt --rr 1 true 2>/dev/null && echo yes || echo no
date +%s.%N
"""


async def preflight(hosts: Sequence[Transport], realtime: bool = True) -> None:
    """All hosts at once; `realtime`: corosync is to run there. Raises HostError for the first (by
    order) that cannot be used."""
    results = await asyncio.gather(
        *(_look(host, realtime) for host in hosts), return_exceptions=True
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _look(host: Transport, wants_realtime: bool) -> None:
    asked = time.time()
    said = await host.run("sh", "-s", stdin=_QUESTIONS)
    answered = time.time()
    answers = said.out.split()
    if len(answers) != 5:
        raise HostError(host.host, _STEP, f"no sensible answer: {said.err.strip() or said.out}")
    system, user, free, realtime, clock = answers
    offset = max(asked - float(clock), float(clock) - answered, 0.0)
    for fine, message, hint in (
        (system == "debian-13", f"runs {system}", "Holdfast needs Debian 13"),
        (user == "0", "we are not root there", "log in as root, or as one who may sudo"),
        (int(free) >= _FREE_MB, f"{free} MB free in /var/lib", f"{_FREE_MB} MB are needed"),
        (
            realtime == "yes" or not wants_realtime,
            "nothing may run with real-time priority",
            "give its cgroup cpu.rt_runtime_us, or switch off RT_GROUP_SCHED: without it corosync"
            " misses its own timers on a busy host",
        ),
        (offset <= _CLOCK_S, f"its clock is {offset:.1f} s off", "run NTP, such as chrony"),
    ):
        if not fine:
            raise HostError(host.host, _STEP, message, hint)
