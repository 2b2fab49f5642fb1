"""Users on a journey through one virtual address: a question is the whole journey, made once.

What counts as acknowledged is strict: every step answered as expected. Once a request with the key
has gone out, only a refusal by the service (status 400 to 499) says that nothing was done; silence,
a lost connection or a status from 500 on prove nothing. The ledger is in the business's own table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from holdfast.drill.timeline import Outcome
from holdfast.probes.base import Answer
from holdfast.probes.http import Asker, Response, StaleError, complaint
from holdfast.probes.traveller import Traveller

USERS = 3
"""So many may be under way at once."""


@dataclass
class JourneyProbe:
    """`arrive` makes a user. `ledger` is the journey's name as Scene.ledger knows it, "" without
    a ledger."""

    name: str
    asker: Asker
    arrive: Callable[[], Traveller]
    ledger: str = ""
    period: float = 0.1
    deadline: float = 2.0
    lanes: int = USERS
    _idle: list[Traveller] = field(default_factory=list)
    _settled: bool = False

    async def ask(self, key: str) -> Answer:
        """Before anything is broken, all users do what is done once; until every one of them has,
        that is what is asked."""
        if not self._settled:
            return await self._settle(key)
        traveller = self._idle.pop() if self._idle else self.arrive()
        try:
            return await self._travelled(traveller, key)
        finally:
            self._idle.append(traveller)

    async def _settle(self, key: str) -> Answer:
        """One user after the other: what is done once may be dear, such as choosing a password."""
        self._idle = self._idle or [self.arrive() for _ in range(self.lanes)]
        for place, each in enumerate(self._idle):
            answer = await self._travelled(each, "" if place else key)
            if answer.outcome is not Outcome.OK:
                return answer
        self._settled = True
        return answer

    async def close(self) -> None:
        await self.asker.close()

    async def _travelled(self, traveller: Traveller, key: str) -> Answer:
        """Once through, with `key`, or one of the user's own."""
        traveller.begin(key or traveller.key())
        sent = False
        try:
            async with asyncio.timeout(self.deadline):
                while True:
                    step, last = traveller.step, traveller.last
                    sent = sent or (step.keyed and not step.once)
                    response = await self.asker.ask(traveller.request())
                    if wrong := traveller.heard(response):
                        return _refused(response, sent, f"{step.method} {step.path}: {wrong}")
                    if last:
                        return Answer(Outcome.OK, response.headers.get("x-served-by", ""))
        except TimeoutError as error:
            return Answer(Outcome.UNKNOWN, complaint(error))
        except (OSError, StaleError, asyncio.IncompleteReadError) as error:
            return Answer(Outcome.UNKNOWN if sent else Outcome.FAIL, complaint(error))


def _refused(response: Response, sent: bool, why: str) -> Answer:
    certain = not sent or 400 <= response.status < 500
    return Answer(Outcome.FAIL if certain else Outcome.UNKNOWN, why)
