"""Cuts as one page of Markdown: kinds of clusters side by side, and what the timers are worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isinf

from holdfast.converge.spread import Batch, Spread, spread
from holdfast.drill.folder import stamp
from holdfast.report.convergence.terminal import compared, victims

_HEAD = """\
# Benchmarks of clusters

Written by `holdfast converge compare RUNS --tables FILE` from kept cuts (`holdfast converge
measure`). Seconds after the power was cut, until it was so for the client that waited longest:
median (least .. most) of the cuts. The phases of a time add up to it; [how to read
them](howto/measure-convergence.md#reading-what-was-measured).
"""

_STOCK = "stock"


def markdown(batches: Sequence[Batch]) -> str:
    lines = (*_facts(batches), *_cuts(batches), *_compared(batches), *_ratios(batches))
    return "\n".join((_HEAD, *lines))


def _facts(batches: Sequence[Batch]) -> Iterator[str]:
    """What is the same for all: the machine, and when."""
    headers = [cut.header for batch in batches for cut in batch.cuts]
    moments = sorted(header.started_at for header in headers)
    yield f"- from {stamp(moments[0])} to {stamp(moments[-1])}"
    names = dict.fromkeys(name for header in headers for name in header.machine)
    for name in names:
        if name != "load":
            values = (header.machine[name] for header in headers if name in header.machine)
            yield f"- {name}: {', '.join(dict.fromkeys(values))}"
    yield ""


def _cuts(batches: Sequence[Batch]) -> Iterator[str]:
    yield "| cluster | cuts | whose power was cut, and what it was |"
    yield "|---|---|---|"
    yield from (_row((batch.title, str(len(batch.cuts)), victims(batch))) for batch in batches)
    yield ""


def _compared(batches: Sequence[Batch]) -> Iterator[str]:
    yield "## Side by side"
    yield ""
    yield _row(("seconds", *(f"{batch.title} (n={len(batch.cuts)})" for batch in batches)))
    yield _row("---" for _ in range(len(batches) + 1))
    for name, cells in compared(batches):
        inner = name.startswith(" ")
        label = f"· {name.strip()}" if inner else f"**{name}**"
        yield _row((label, *cells))
    yield ""


def _ratios(batches: Sequence[Batch]) -> Iterator[str]:
    """Medians of *stock* against those of each other kind: the same machine, the same questions."""
    stock = next((batch for batch in batches if batch.timers == _STOCK), None)
    others = [batch for batch in batches if batch is not stock]
    if stock is None or not others:
        return
    theirs = _totals(stock)
    yield "## What the timers are worth"
    yield ""
    yield f"Times as fast as *{stock.title}*, median by median."
    yield ""
    yield _row(("cluster", *theirs))
    yield _row("---" for _ in range(len(theirs) + 1))
    for batch in others:
        own = _totals(batch)
        yield _row((batch.title, *(_times(theirs[name], own[name]) for name in theirs)))
    yield ""


def _totals(batch: Batch) -> dict[str, Spread]:
    times = {own[0].name: spread(course.total_s for course in own) for own in batch.courses}
    ways = dict.fromkeys(way for cut in batch.cuts for way in cut.survivors)
    return times | {f"surviving pods, {way}": batch.survivors(way) for way in ways}


def _times(slow: Spread, fast: Spread) -> str:
    if isinf(slow.median) or isinf(fast.median) or not fast.median:
        return "-"
    return f"{slow.median / fast.median:.1f}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
