"""The steward on its host: its code, its configuration, its certificate and its unit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from holdfast.bundle import File
from holdfast.formats.ini import render, section
from holdfast.pki.credentials import Credentials
from holdfast.plan import places
from holdfast.plan.model import Plan, PlannedHost
from holdfast.platforms.machines.confinement import COMMON
from holdfast.platforms.machines.engines import engine
from holdfast.platforms.machines.sources import Folder
from holdfast.platforms.machines.units import UNITS, restart

UNIT = places.STEWARD_UNIT
CODE = f"{places.LIB}/steward"
_REALTIME_PRIORITY = 20
"""Below corosync and keepalived, above everything that is not in a hurry."""

# SYS_PTRACE: to tell by its working directory whose server a process is.
_CAPABILITIES = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SYS_NICE",
    "CAP_SYS_PTRACE",
)


def files(plan: Plan, host: PlannedHost, credentials: Credentials, code: Folder) -> Iterator[File]:
    restarts = (UNIT,)
    own = credentials.host(host.name)
    settings = json.dumps(configuration(plan, host), indent=2) + "\n"
    yield File(host.name, places.STEWARD_CONFIG, settings, restarts=restarts)
    yield File(host.name, places.HOST_CERT, own.cert, restarts=restarts)
    yield File(host.name, places.HOST_KEY, own.key, 0o600, secret=True, restarts=restarts)
    yield File(host.name, f"{UNITS}/{UNIT}", _unit(plan), restarts=restarts)
    for path, source in code.items():
        yield File(host.name, f"{CODE}/{path}", source.content, restarts=restarts)


def configuration(plan: Plan, host: PlannedHost) -> dict[str, Any]:
    """steward.json: everything that the agent knows about the system."""
    return {
        "host": host.name,
        "hosts": [
            {"name": h.name, "node_id": h.node_id, "address": str(h.address)} for h in plan.hosts
        ],
        "listen": {
            "address": str(host.address),
            "port": places.STEWARD_PORT,
            "cert": places.HOST_CERT,
            "key": places.HOST_KEY,
            "ca": places.CA_CERT,
        },
        "haproxy_socket": places.HAPROXY_SOCKET,
        "socket": places.STEWARD_SOCKET,
        "state": places.STEWARD_STATE,
        "spread": [
            *(places.service_backend(s.name) for s in plan.services),
            *(places.reader_backend(d.name) for d in plan.replicated),
        ],
        "timers": plan.timers.steward.model_dump(),
        "datastores": [
            {"name": d.name, "engine": d.engine, **engine(d).steward(plan, d, host)}
            for d in plan.datastores
        ],
    }


def _unit(plan: Plan) -> str:
    return render(
        [
            section(
                "Unit",
                [
                    "Description=Holdfast's steward: decides with its peers who plays primary",
                    "Wants=corosync.service haproxy.service",
                    "After=corosync.service haproxy.service",
                    "StartLimitIntervalSec=0",
                ],
            ),
            section(
                "Service",
                [
                    "Type=notify",
                    "ExecStart=/usr/bin/python3 -m steward run",
                    f"WorkingDirectory={places.LIB}",
                    *restart(plan.timers.systemd.steward_restart_ms),
                    f"WatchdogSec={plan.timers.steward.watchdog_s}",
                    "WatchdogSignal=SIGKILL",
                    "KillMode=mixed",
                    "CPUSchedulingPolicy=rr",
                    f"CPUSchedulingPriority={_REALTIME_PRIORITY}",
                    "OOMScoreAdjust=-900",
                    "RuntimeDirectory=holdfast",
                    "StateDirectory=holdfast",
                    *COMMON,
                    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
                    f"CapabilityBoundingSet={' '.join(_CAPABILITIES)}",
                ],
            ),
            section("Install", ["WantedBy=multi-user.target"]),
        ]
    )
