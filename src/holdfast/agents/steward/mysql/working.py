"""Which piece of work a MySQL keeper does next, one at a time. Pure."""

from __future__ import annotations

from dataclasses import replace

from .founding import Member, diverged, foundings
from .protocol import (
    COMPLETE,
    PRIMARY,
    Close,
    Found,
    Join,
    Open,
    Persist,
    Recover,
    Stop,
    Wipe,
    Work,
)
from .standing import UNSEEN, Common, Step, Steward, is_primary, is_synced, quorate, recorded

_STUCK = 10
"""Seconds after which a server that gets nowhere by itself is started anew."""

_HOPELESS = 3


def begin_work(s: Steward) -> Step:
    if s.work is not None or s.trouble:
        return s, ()
    work = _next(s)
    if work is None:
        return s, ()
    return replace(s, work=work, number=work.number), (work,)


def _next(s: Steward) -> Work | None:
    number = s.number + 1
    if _must_close(s):
        return Close(number)
    if s.durable != s.saved:
        return Persist(number, s.durable)
    if why := _must_stop(s):
        return Stop(number, why)
    if s.seen.stage == "stopped" and s.position is None and not s.wants:
        return _read(s, number)
    if why := must_wipe(s):
        return Wipe(number, why)
    common = s.common
    return None if common is None else _in_common(s, common, number)


def _must_close(s: Steward) -> bool:
    """Writes are taken by the writer of the newest epoch only, and only in a quorate view."""
    if not s.open:
        return False
    if not quorate(s):
        return True
    epoch = None if s.common is None else s.common.epoch
    return epoch is not None and epoch.writer != s.me


def _must_stop(s: Steward) -> str:
    """Why the server may not go on as it is."""
    stage, common = s.seen.stage, s.common
    if stage in PRIMARY and not quorate(s) and s.view is not None and s.idle > _STUCK:
        return "it thinks to be in a primary component, without a majority of hosts"
    if common is None or stage == "stopped" or s.seen == UNSEEN:
        return ""
    if s.durable.belongs < common.lineage:
        return "its history has been given up"
    if stage == "starting" and not s.seen.process and s.idle > _STUCK:
        return "it has not come up"
    waits = s.idle > _STUCK and stage in ("out", "starting")
    if waits and any(is_primary(common, host) for host, _ in common.members):
        return "it finds no way to the others" if stage == "out" else ""
    return ""


def _read(s: Steward, number: int) -> Work:
    """Data that cannot be read again and again are replaced, where there is somebody to copy."""
    common = s.common
    others = common is not None and any(is_primary(common, host) for host, _ in common.members)
    if others and s.failures >= _HOPELESS:
        return Wipe(number, f"it cannot be read: {s.trouble}")
    return Recover(number)


def _in_common(s: Steward, common: Common, number: int) -> Work | None:
    primary = any(is_primary(common, host) for host, _ in common.members)
    if not primary:
        return _found(s, common, number)
    if s.seen.stage == "stopped":
        return _join(s, common, number)
    return _open(s, common, number)


def _found(s: Steward, common: Common, number: int) -> Work | None:
    """Begin, once every host of the view has written down who does, and from where."""
    founding = common.founding
    if founding is None or founding.host != s.me or s.failures != common.tries:
        return None
    if s.seen.stage not in ("stopped", "out"):
        return None
    known = all(founding in member.durable.foundings for _, member in common.members)
    return Found(number, founding.base) if known else None


def _join(s: Steward, common: Common, number: int) -> Work | None:
    """Be named in an epoch that all its members have recorded, then start."""
    own = common.by_host[s.me]
    if own.report.stage != "wanting" or not s.wants:
        return None
    epoch = common.epoch
    served = epoch is not None and epoch.number > common.lineage
    if served and (epoch is None or s.me not in epoch.members or not recorded(common, s.quorum)):
        return None
    return Join(number, _donors(common, s))


def want(s: Steward) -> Step:
    """Prepare to join."""
    common = s.common
    if common is None or s.wants or s.work is not None or s.trouble:
        return s, ()
    if s.seen.stage != "stopped" or s.position is None or must_wipe(s):
        return s, ()
    if not any(is_primary(common, host) for host, _ in common.members):
        return s, ()
    # Data that are the beginning of the others' stay so; a full copy is known by its traces.
    incomplete = s.durable.incomplete or s.position == -1
    durable = replace(s.durable, incomplete=incomplete, belongs=common.lineage)
    return replace(s, wants=True, durable=durable), ()


def must_wipe(s: Steward) -> str:
    """Why the stopped member's data are of no use to it."""
    common = s.common
    if common is None or s.wants or s.position in (None, -1):
        return ""
    if not any(is_primary(common, host) for host, _ in common.members):
        return ""
    if diverged(Member(s.durable, s.report), foundings(common.by_host)):
        return f"it had gone on to {s.position} by itself"
    return ""


def _open(s: Steward, common: Common, number: int) -> Work | None:
    epoch = common.epoch
    if epoch is None or epoch.writer != s.me or s.open or s.seen.stage not in COMPLETE:
        return None
    return Open(number, epoch.number) if recorded(common, s.quorum) else None


def _donors(common: Common, s: Steward) -> tuple[str, ...]:
    """Anybody rather than the writer."""
    epoch = common.epoch
    writer = None if epoch is None else epoch.writer
    synced = [host for host, _ in s.preferences if is_synced(common, host)]
    return tuple(host for host in synced if host != writer)
