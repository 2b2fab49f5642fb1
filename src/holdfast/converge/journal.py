"""What etcd, haproxy, controller-manager and scheduler say in their hosts' journals. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from holdfast.cluster.places import (
    CONTROLLER_MANAGER_UNIT,
    ETCD_UNIT,
    HAPROXY_UNIT,
    SCHEDULER_UNIT,
)
from holdfast.converge import kinds
from holdfast.drill.journal import Said, haproxy

UNITS = (ETCD_UNIT, HAPROXY_UNIT, CONTROLLER_MANAGER_UNIT, SCHEDULER_UNIT)
"""Whose journals are read."""

_LED = re.compile(
    r"raft\.node: \S+ (elected|lost|changed) leader (?:from \S+ to )?(\S+) at term (\d+)"
)
_ACQUIRED = re.compile(r"successfully acquired lease", re.IGNORECASE)
_RUNNING = re.compile(r"\"?Starting node controller\"?", re.IGNORECASE)


def said(unit: str, message: str, members: Mapping[str, str]) -> Said | None:
    """`members`: etcd's, by their hexadecimal ids. None for a line that means nothing to us."""
    if unit == ETCD_UNIT:
        return _etcd(message, members)
    if unit == HAPROXY_UNIT:
        return haproxy(message)
    component = {
        CONTROLLER_MANAGER_UNIT: kinds.CONTROLLER_MANAGER,
        SCHEDULER_UNIT: kinds.SCHEDULER,
    }.get(unit)
    if component is None:
        return None
    if _ACQUIRED.search(message):
        return Said(component, kinds.LEADS, "")
    if component == kinds.CONTROLLER_MANAGER and _RUNNING.search(message):
        return Said(component, kinds.RUNNING, "")
    return None


def _etcd(message: str, members: Mapping[str, str]) -> Said | None:
    """etcd tells its own time, to the microsecond."""
    try:
        line = json.loads(message)
        match = _LED.search(line["msg"])
        at = datetime.fromisoformat(line["ts"]).timestamp()
    except (ValueError, KeyError, TypeError):
        return None
    if match is None:
        return None
    kind = kinds.LOST if match[1] == "lost" else kinds.ELECTED
    leader = members.get(match[2], match[2])
    return Said(kinds.ETCD, kind, f"{leader} in term {match[3]}", at=at)
