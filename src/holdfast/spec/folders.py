"""Whether the folders that a spec names are there. The only part of checking that looks around."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from holdfast.finding import Finding, SpecPath
from holdfast.spec.model import System

_NUMBERED = re.compile(r"(\d+)[^/]*\.sql")


def findings(system: System, base: Path) -> tuple[Finding, ...]:
    """`base`: the folder of the spec, which its own folders are relative to."""
    return (*_sources(system, base), *_schemas(system, base))


def _sources(system: System, base: Path) -> Iterator[Finding]:
    for name, service in system.services.items():
        if service.source is not None and not (base / service.source).is_dir():
            yield _missing(base / service.source, ("services", name, "source"))


def _schemas(system: System, base: Path) -> Iterator[Finding]:
    for name, datastore in system.datastores.items():
        if datastore.schema_dir is None:
            continue
        path = ("datastores", name, "schema")
        folder = base / datastore.schema_dir
        if folder.is_dir():
            yield from _schema(folder, path)
        else:
            yield _missing(folder, path)


def _missing(folder: Path, path: SpecPath) -> Finding:
    return Finding.error(
        "folders-missing",
        f"there is no folder {folder}",
        "make it, or correct the path; it is relative to the spec",
        path,
    )


def _schema(folder: Path, path: SpecPath) -> Iterator[Finding]:
    files = sorted(file.name for file in folder.glob("*.sql"))
    if not files:
        yield Finding.warning(
            "folders-empty",
            f"{folder} has no .sql file",
            "add 001_first.sql, or remove the key",
            path,
        )
    numbers: Counter[int] = Counter()
    for file in files:
        if match := _NUMBERED.fullmatch(file):
            numbers[int(match[1])] += 1
        else:
            yield Finding.error(
                "folders-number",
                f"{folder / file} has no number to order it by",
                f"name it like 001_{file}",
                path,
            )
    for number in (number for number, times in numbers.items() if times > 1):
        yield Finding.error(
            "folders-twice",
            f"{folder} has two files with the number {number}",
            "number them in the order in which they are to be applied",
            path,
        )
