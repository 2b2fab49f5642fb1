"""Whether every datastore is served, as far as this host goes: asked of its steward."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

PATH = "/run/holdfast/steward.sock"
STILL_S = 60.0
LONGEST_S = 300.0
"""A datastore of many gigabytes, or a host with little to spare, may take its time as long as
something goes on."""
_PAUSE_S = 0.2
_ANSWER_S = 5


def wait(lacking: Callable[[], list[str]]) -> list[str]:
    """What is still lacking when nothing has changed for long, or when all patience is gone;
    nothing, as a rule much sooner."""
    began = moved = time.monotonic()
    missing = lacking()
    while missing and time.monotonic() < min(began + LONGEST_S, moved + STILL_S):
        time.sleep(_PAUSE_S)
        before, missing = missing, lacking()
        if missing != before:
            moved = time.monotonic()
    return missing


def lacking(datastores: Sequence[str]) -> list[str]:
    """What is still to come, in words."""
    try:
        status = ask()
    except (OSError, ValueError) as error:
        return [f"the steward does not answer: {error}"]
    if not status["view"]["quorate"]:
        return [f"no quorum: only {', '.join(status['view']['members']) or 'nobody'} is here"]
    known = status["datastores"]
    return [
        f"{name} is not served: {_standing(known[name]) if name in known else 'unknown here'}"
        for name in datastores
        if name not in known or not settled(known[name])
    ]


def _standing(member: dict[str, Any]) -> str:
    """Where a member stands that is not settled, and what its keeper decided last."""
    last = member["decisions"][-1:]
    decided = f", last decided: {last[0]['what']} {last[0]['why']}" if last else ""
    return (
        f"{member['phase']}; primary {member['primary'] or 'nobody'},"
        f" clients led to {member['routed'] or 'nobody'}, here {member['role']}{decided}"
    )


def settled(member: dict[str, Any]) -> bool:
    """Clients are led to a primary, and the member here plays its part. One that is being rebuilt
    may take its time: the others serve."""
    follows = member["role"] == "replica"
    if "gate" in member:
        follows = member["gate"] == member["primary"]
    plays = member["role"] == "primary" or follows
    return member["routed"] is not None and (plays or member["incomplete"])


def ask() -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as steward:
        steward.settimeout(_ANSWER_S)
        steward.connect(PATH)
        steward.sendall(b'{"verb": "status"}\n')
        with steward.makefile() as answers:
            status: dict[str, Any] = json.loads(answers.readline())
    return status
