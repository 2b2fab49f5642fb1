"""Durations as each part spells them, in milliseconds."""

from __future__ import annotations

import re
from fractions import Fraction

_MS, _S, _M, _H, _D = 1, 1000, 60_000, 3_600_000, 86_400_000
_US = Fraction(1, 1000)

Units = dict[str, int | Fraction]

_GO: Units = {"ns": Fraction(1, 10**6), "us": _US, "µs": _US} | {
    "ms": _MS,
    "s": _S,
    "m": _M,
    "h": _H,
}
_HAPROXY: Units = {"us": _US, "ms": _MS, "s": _S, "m": _M, "h": _H, "d": _D}
_NGINX: Units = {
    "ms": _MS,
    "s": _S,
    "m": _M,
    "h": _H,
    "d": _D,
    "w": 7 * _D,
    "M": 30 * _D,
    "y": 365 * _D,
}
_POSTGRESQL: Units = {"us": _US, "ms": _MS, "s": _S, "min": _M, "h": _H, "d": _D}
_SYSTEMD: Units = {
    **dict.fromkeys(("us", "usec"), _US),
    **dict.fromkeys(("ms", "msec"), _MS),
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), _S),
    **dict.fromkeys(("m", "min", "minute", "minutes"), _M),
    **dict.fromkeys(("h", "hr", "hour", "hours"), _H),
}
_ISO: Units = {"D": _D, "H": _H, "M": _M, "S": _S}

_PART = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([^\W\d]*)")


def haproxy(text: str) -> int:
    """Configuration manual, section 2.5: a bare number is milliseconds."""
    return _ms(text, _HAPROXY | {"": _MS}, single=True)


def nginx(text: str) -> int:
    """nginx.org, "Configuration file measurement units": a bare number is seconds."""
    return _ms(text, _NGINX | {"": _S})


def go(text: str) -> int:
    """time.ParseDuration: a unit is needed, but not for 0."""
    return 0 if text == "0" else _ms(text, _GO)


def seconds(text: str) -> int:
    """A bare number of seconds, maybe a decimal one (keepalived)."""
    return _ms(text, {"": _S}, single=True)


def milliseconds(text: str) -> int:
    """A bare number of milliseconds (corosync, etcd, redis)."""
    return _ms(text, {"": _MS}, single=True)


def postgresql(text: str, base: str) -> int:
    """PostgreSQL documentation, 19.1.1; a bare number has the setting's own unit."""
    if text.strip() == "-1":
        return -1
    return _ms(text, _POSTGRESQL | {"": _POSTGRESQL[base]}, single=True)


def systemd(text: str) -> int:
    """systemd.time(7)."""
    return _ms(text, _SYSTEMD)


def pacemaker(text: str) -> int:
    """ "Pacemaker Explained", time: a number with a unit, or ISO 8601."""
    return iso(text) if text.startswith("P") else systemd(text)


def iso(text: str) -> int:
    """ISO 8601 as Galera takes it: PT5S, PT0.5S, PT1M30S, P1DT6H."""
    match = re.fullmatch(r"P(?:([\d.]+D))?(?:T((?:[\d.]+[HMS])+))?", text.strip())
    if match is None or not (match[1] or match[2]):
        raise ValueError(f"'{text}' is no duration: write PT5S or PT0.5S")
    return _ms((match[1] or "") + (match[2] or ""), _ISO)


def spelt(ms: int) -> str:
    """As a person would write it: 300ms, 1.5s, 10m, 2h."""
    for unit, length in (("h", _H), ("m", _M), ("s", _S)):
        if ms >= length and ms % length == 0:
            return f"{ms // length}{unit}"
    return f"{ms / _S:.3f}".rstrip("0") + "s" if ms > _S else f"{ms}ms"


def _ms(text: str, units: Units, single: bool = False) -> int:
    """Raises ValueError for what is no duration in these units."""
    total, position, parts = Fraction(0), 0, 0
    while match := _PART.match(text, position):
        if match[2] not in units:
            break
        total += Fraction(match[1].strip(".") if match[1] != "." else "0") * units[match[2]]
        position, parts = match.end(), parts + 1
    if not parts or text[position:].strip() or (single and parts > 1):
        known = ", ".join(unit for unit in units if unit)
        raise ValueError(
            f"'{text}' is no duration: write a number" + (f" and {known}" if known else "")
        )
    return round(total)
