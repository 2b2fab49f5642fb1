"""my.cnf with Galera's provider options, and a line of such options by itself.

Galera documentation: wsrep_provider_options are `key=value` pairs apart by semicolons, times in
ISO 8601. MariaDB reads options with dashes as with underscores, and of equal ones the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from holdfast.converge.imported import durations
from holdfast.converge.imported.readers.words import fact, switch
from holdfast.converge.imported.reading import Fact, Member, Reading, Source, broken, last

_TIMES = {
    "evs.keepalive_period": "keepalive_ms",
    "evs.suspect_timeout": "suspect_ms",
    "evs.inactive_timeout": "inactive_ms",
    "evs.inactive_check_period": "inactive_check_ms",
    "evs.install_timeout": "install_ms",
    "evs.join_retrans_period": "join_retrans_ms",
    "evs.view_forget_timeout": "forget_ms",
    "gmcast.peer_timeout": "peer_ms",
}
_SWITCHES = ("pc.bootstrap", "pc.ignore_sb", "pc.ignore_quorum")
_SECTION = re.compile(r"\[[^\]]+\]")


def read(source: Source) -> Reading:
    facts: list[Fact] = []
    members: list[Member] = []
    for number, text in _joined(source):
        key, equals, value = text.partition("=")
        name = key.strip().replace("-", "_").lower()
        value = value.strip()
        if name == "wsrep_provider_options":
            facts += _options(source, number, _unquoted(source, number, value))
        elif name == "wsrep_cluster_address":
            address = _unquoted(source, number, value)
            members = list(_members(source, number, address))
            said = f"wsrep_cluster_address={address}"
            facts.append(Fact("galera.address", address, source.at(number), said))
        elif name.startswith(("evs.", "gmcast.", "pc.")) and equals:
            facts += _options(source, number, text)
        elif text.startswith("[") and not _SECTION.match(text):
            raise broken(source.at(number), f"not a section: {text}", "close it with ']'")
    return Reading(source.file, "galera", last(facts), members=tuple(members))


def _joined(source: Source) -> Iterator[tuple[int, str]]:
    """Lines that say something; a backslash at the end continues."""
    began, before = 0, ""
    for number, raw in enumerate(source.text.splitlines(), 1):
        text = raw.strip()
        if not before and text[:1] in ("#", ";", ""):
            continue
        began = began or number
        if text.endswith("\\"):
            before += text[:-1]
            continue
        yield began, before + text
        began, before = 0, ""


def _unquoted(source: Source, number: int, value: str) -> str:
    if value[:1] in ('"', "'"):
        if len(value) < 2 or value[-1] != value[0]:
            raise broken(source.at(number), "a quote is opened here and never closed", "close it")
        return value[1:-1]
    return value


def _options(source: Source, number: int, options: str) -> Iterator[Fact]:
    for option in options.split(";"):
        key, _, value = (part.strip() for part in option.partition("="))
        if key in _TIMES:
            name = f"galera.{_TIMES[key]}"
            yield fact(source, number, name, (f"{key} =", value), durations.iso)
        elif key in _SWITCHES:
            text = f"{key}={value}"
            yield Fact(f"galera.{key}", switch(value), source.at(number), text)


def _members(source: Source, number: int, address: str) -> Iterator[Member]:
    hosts = address.removeprefix("gcomm://").partition("?")[0]
    for host in filter(None, (each.strip() for each in hosts.split(","))):
        yield Member("galera", host, host, source.at(number))
