"""What a service cannot do, in its own words. Pure: answers.py says it in HTTP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `field` is where, "" the request as a whole."""

    field: str
    problem: str


class Refused(Exception):
    """The request cannot be done as it is; `status` is HTTP's."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(status, *problems)
        self.status = status
        self.problems = problems


class Unavailable(Exception):
    """Certainly nothing was done."""


class Unknown(Exception):
    """It may have been done, or not, or be on one machine only."""
