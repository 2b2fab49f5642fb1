"""One user on a journey: each request made of what earlier answers have said. No I/O.

What got no good answer is sent again as it was, with the same key, as a careful client does; what
was refused is not: then the journey begins anew. Who is no longer known (401) signs up again, as
somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from holdfast.probes.http import Request, Response
from holdfast.spec.journey import KEY, USER, Journey, Step, filled

_UNAUTHORIZED = 401


@dataclass
class Traveller:
    """`name` makes another user name at each call, `key` another key."""

    journey: Journey
    name: Callable[[], str]
    key: Callable[[], str]
    at: int = 0
    _values: dict[str, Any] = field(default_factory=dict)
    _cookies: dict[str, tuple[str, str]] = field(default_factory=dict)
    _done: set[int] = field(default_factory=set)
    """Steps that are done once, and were."""

    def __post_init__(self) -> None:
        self._arrive()

    @property
    def step(self) -> Step:
        return self.journey.steps[self.at]

    @property
    def last(self) -> bool:
        """Whether the journey is made when this step is answered."""
        return all(n in self._done for n in range(self.at + 1, len(self.journey.steps)))

    def begin(self, key: str) -> None:
        """From the start, with this key."""
        self.at = self._next(0)
        self._values[KEY] = key

    def request(self) -> Request:
        """The next one."""
        step = self.step
        path = str(filled(step.path, self._values))
        headers = {name: str(filled(text, self._values)) for name, text in step.headers.items()}
        if cookies := self._sent_to(path):
            headers["Cookie"] = cookies
        if step.body is None:
            return Request(path, step.method, headers)
        headers["Content-Type"] = "application/json"
        body = json.dumps(filled(step.body, self._values), ensure_ascii=False).encode()
        return Request(path, step.method, headers, body)

    def heard(self, response: Response | None) -> str:
        """What came of it; None: no answer. Gives what is wrong with it, "" for nothing."""
        if response is None:
            return "no answer"
        wrong = self._wrong(response)
        if not wrong:
            self._remember_cookie(response.headers.get("set-cookie", ""))
            self._go_on()
        elif response.status == _UNAUTHORIZED:
            self._arrive()
        elif response.status < 500:
            self.begin(self.key())
        return wrong

    def _wrong(self, response: Response) -> str:
        expected = self.step.expect
        if response.status != expected if expected is not None else not response.good:
            return f"status {response.status}"
        return self._take(response.body)

    def _take(self, body: bytes) -> str:
        """Keep what is wanted of a good answer. Gives what it lacks."""
        if not self.step.take:
            return ""
        taken = {}
        for name, path in self.step.take.items():
            try:
                taken[name] = found(json.loads(body), path)
            except (ValueError, LookupError, TypeError):
                return f"the answer has no {path}"
        self._values |= taken
        return ""

    def _arrive(self) -> None:
        """As somebody whom nobody knows yet."""
        self._done = set()
        self._cookies = {}
        self._values = {USER: self.name()}
        self.begin(self.key())

    def _go_on(self) -> None:
        last = self.last
        if self.step.once:
            self._done.add(self.at)
        if last:
            self.begin(self.key())
        else:
            self.at = self._next(self.at + 1)

    def _next(self, start: int) -> int:
        return next(n for n in range(start, len(self.journey.steps)) if n not in self._done)

    def _remember_cookie(self, line: str) -> None:
        """Of those that an answer may set, the one that it does (RFC 6265, without dates)."""
        pair, *attributes = line.split(";")
        name, equals, value = pair.strip().partition("=")
        if equals:
            said = dict(each.strip().lower().partition("=")[::2] for each in attributes)
            self._cookies[name] = (value, said.get("path") or "/")

    def _sent_to(self, path: str) -> str:
        fits = {
            name: value
            for name, (value, below) in self._cookies.items()
            if f"{path.partition('?')[0]}/".startswith(f"{below.rstrip('/')}/")
        }
        return "; ".join(f"{name}={value}" for name, value in fits.items())


def found(answer: Any, path: str) -> Any:
    """The field of a JSON answer, such as order.id or lines.0.item. Raises LookupError or
    TypeError when there is none."""
    for name in path.split("."):
        answer = answer[int(name)] if isinstance(answer, list) else answer[name]
    if answer is None:
        raise LookupError(path)
    return answer


def arrivals(journey: Journey, prefix: str) -> Callable[[], Traveller]:
    """Makes users; their names and keys begin with `prefix`, which must be new."""
    names, keys = count(1), count(1)
    return lambda: Traveller(
        journey, lambda: f"{prefix}-{next(names)}", lambda: f"{prefix}/{next(keys)}"
    )
