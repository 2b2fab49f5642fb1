"""Going round a tour: every stop in turn, with patience, and everything kept as it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.drill.folder import stamp
from holdfast.drill.tour import Stop, Visited, document, missed, read, visited
from holdfast.errors import DrillRefused, EnvironmentFailure, InputError

FILE = "tour.json"
ALL = "all"
_TRIES = 4
_PAUSE_S = 10.0

Held = tuple[Mapping[str, Any], Path]
Hold = Callable[[Stop], Awaitable[Held]]
"""Runs one drill: its verdict.json, and its folder. Raises as drill.session.hold does."""


@dataclass(frozen=True)
class Round:
    """`folder` keeps the tour. `hold` runs a stop; `kept` is called after each one."""

    folder: Path
    stops: Sequence[Stop]
    hold: Hold
    kept: Callable[[Sequence[Visited]], None]
    talk: Callable[[str], None]

    async def go(self, first: int, before: Sequence[Visited]) -> tuple[Visited, ...]:
        """Stops from number `first` on, counted from 1; `before` is what is known of others."""
        done = {each.number: each for each in before if each.number < first}
        for number, stop in enumerate(self.stops, start=1):
            if number < first:
                done.setdefault(number, missed(number, stop, "left out"))
                continue
            self.talk(f"{number}/{len(self.stops)}: {stop.drill} {stop.victim}")
            done[number] = await self._visit(number, stop)
            self.talk(f"{number}/{len(self.stops)}: {done[number].verdict.value}")
            self.keep(tuple(done[place] for place in sorted(done)))
        return tuple(done[place] for place in sorted(done))

    async def _visit(self, number: int, stop: Stop) -> Visited:
        """A system that is not healthy yet is given time; one that stays so makes it unknown."""
        why = ""
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE_S)
            try:
                verdict, run = await self.hold(stop)
            except (DrillRefused, EnvironmentFailure) as error:
                why = error.message
                self.talk(f"not now: {why}")
            except InputError as error:
                return missed(number, stop, error.message)
            else:
                return visited(number, stop, verdict, _relative(run, self.folder))
        return missed(number, stop, why)

    def keep(self, done: Sequence[Visited]) -> None:
        text = json.dumps(document(self.stops, done), indent=1)
        (self.folder / FILE).write_text(text + "\n", encoding="utf-8")
        self.kept(done)


def _relative(run: Path, folder: Path) -> str:
    """A run's folder as seen from the tour's: both lie in the folder of all runs."""
    return "../../" + str(run.resolve().relative_to(folder.resolve().parents[1]))


def begun(runs: Path, moment: float) -> Path:
    """A new folder for a tour."""
    folder = runs / ALL / stamp(moment)
    folder.mkdir(parents=True)
    return folder


def resumed(runs: Path, stops: Sequence[Stop]) -> tuple[Path, tuple[Visited, ...]]:
    """The newest tour, to be continued. Raises InputError when there is none of these stops."""
    folders = sorted((runs / ALL).glob(f"*/{FILE}"))
    try:
        then, done = read(json.loads(folders[-1].read_text(encoding="utf-8")))
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"no tour to continue in {runs / ALL}", "leave --from away") from error
    if then != tuple(stops):
        raise InputError("the newest tour was of another system", "leave --from away")
    return folders[-1].parent, done
