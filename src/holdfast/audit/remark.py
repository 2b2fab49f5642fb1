"""What an audit has to say: one row of its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.finding import Severity

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True)
class Remark:
    """`where` is a host, a part of it, or `the system`. `source`: who says so, such as plan,
    hosts, scan or the name of another's tool."""

    code: str
    severity: Severity
    where: str
    what: str
    remedy: str
    source: str

    @classmethod
    def error(cls, code: str, where: str, what: str, remedy: str, source: str) -> Remark:
        return cls(code, Severity.ERROR, where, what, remedy, source)

    @classmethod
    def warning(cls, code: str, where: str, what: str, remedy: str, source: str) -> Remark:
        return cls(code, Severity.WARNING, where, what, remedy, source)

    @classmethod
    def note(cls, code: str, where: str, what: str, remedy: str, source: str) -> Remark:
        return cls(code, Severity.NOTE, where, what, remedy, source)


def ordered(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """The worst first; equal ones by place, each once."""
    return tuple(
        sorted(set(remarks), key=lambda r: (_ORDER.index(r.severity), r.code, r.where, r.what))
    )
