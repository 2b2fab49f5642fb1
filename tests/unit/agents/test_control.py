"""Orders over the steward's socket: who is asked, and what is answered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from holdfast.agents.steward import control


@dataclass
class Loop:
    """An order is carried out at once; `refuses` says why it is not."""

    refuses: str = ""
    primary: str | None = None
    term: int = 3
    said: list[dict[str, Any]] = field(default_factory=list)
    heard: list[tuple[str, str | None]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    on_standby: bool = False

    @property
    def status(self) -> Any:
        return self

    def serving(self, datastore: str) -> tuple[str | None, int]:
        return {"orders": (self.primary, self.term)}[datastore]

    def decisions(self, _: str) -> list[dict[str, Any]]:
        return self.said

    def later(self, call: Callable[[], None]) -> None:
        call()

    def switch_over(self, datastore: str, to: str | None) -> None:
        self._order(datastore, to)

    def bootstrap(self, datastore: str, host: str) -> None:
        self._order(datastore, host)

    def standby(self, on: bool) -> None:
        self.on_standby = on
        if on and not self.refuses:
            self.kept = []

    def primaries(self) -> list[str]:
        return self.kept

    def _order(self, datastore: str, host: str | None) -> None:
        self.heard.append((datastore, host))
        if self.refuses:
            self.said.append({"at": time.time(), "what": "refused", "why": self.refuses})
        else:
            self.primary, self.term = host, self.term + 1


def ask(loop: Loop, **question: str | bool | None) -> dict[str, Any]:
    return control.answer(loop, json.dumps(question).encode())


def test_a_bootstrap_is_answered_when_the_datastore_serves() -> None:
    loop = Loop()
    answer = ask(loop, verb="bootstrap", datastore="orders", host="n2")
    assert (answer["ok"], answer["primary"]) == (True, "n2")
    assert loop.heard == [("orders", "n2")]


def test_a_refused_bootstrap_says_why() -> None:
    answer = ask(Loop(refuses="it serves"), verb="bootstrap", datastore="orders", host="n2")
    assert answer == {"ok": False, "why": "it serves"}


def test_a_handover_to_somebody_else_than_wanted_has_failed() -> None:
    loop = Loop(primary="n1")
    assert ask(loop, verb="switchover", datastore="orders", to="n3")["ok"]
    assert not ask(loop, verb="bootstrap", datastore="lost", host="n3")["ok"]
    assert not ask(loop, verb="bootstrap", datastore="orders")["ok"]


def test_standby_is_answered_when_no_primary_is_here_any_more() -> None:
    loop = Loop(kept=["orders", "sessions/1"])
    assert ask(loop, verb="standby", on=True) == {"ok": True, "why": ""}
    assert loop.on_standby and not loop.kept


def test_the_end_of_standby_waits_for_nothing() -> None:
    loop = Loop(kept=["orders"], on_standby=True)
    assert ask(loop, verb="standby", on=False) == {"ok": True, "why": ""}
    assert not loop.on_standby
