"""Orders carried out in a thread of its own, for the API may take its time: one after the other,
lost nodes before those that are only looked at."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ..steward.log import Log
from .api import Api, ApiError, Door
from .orders import carry_out
from .protocol import Done, Event, Grade


class CalledBackError(Exception):
    """The order is not to be carried out any further."""


@dataclass(frozen=True, order=True)
class _Job:
    """In the order of its first two: none are equal in both."""

    urgency: int
    number: int
    node: str
    grade: Grade
    mark: threading.Event = field(compare=False)


class Labour:
    """`tell` is called by the thread that runs."""

    def __init__(self, door: Door, tell: Callable[[Event], None], log: Log) -> None:
        self._door, self._tell, self._log = door, tell, log
        self._orders: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._given = 0
        self._wrong = ""
        self._marks: dict[str, threading.Event] = {}

    def give(self, node: str, grade: Grade) -> None:
        mark = threading.Event()
        self._marks[node] = mark
        self._given += 1
        self._orders.put(_Job(-grade, self._given, node, grade, mark))

    def cancel(self, node: str) -> None:
        self._marks[node].set()

    def run(self) -> None:
        """For ever."""
        while True:
            self.once()

    def once(self) -> None:
        """The next order, waited for and carried out."""
        job = self._orders.get()
        done = self._carried_out(job.node, job.grade, job.mark)
        self._tell(Done(job.node, job.grade, done))

    def _carried_out(self, node: str, grade: Grade, mark: threading.Event) -> bool:
        def proceed() -> None:
            if mark.is_set():
                raise CalledBackError

        # A connection of its own: it costs milliseconds, and an old one may be dead.
        api = Api(self._door)
        try:
            told = carry_out(api, node, grade, proceed)
        except CalledBackError:
            self._log("calledback", node=node, grade=grade.name)
            return False
        except ApiError as error:
            self._failed(str(error), node, grade)
            return False
        finally:
            api.close()
        self._wrong = ""
        if any(told.values()):
            self._log("acted", node=node, grade=grade.name, changed=told)
        return True

    def _failed(self, why: str, node: str, grade: Grade) -> None:
        """An order is tried again and again: what is wrong is said once."""
        if why != self._wrong:
            self._wrong = why
            self._log("failed", why, node=node, grade=grade.name)
