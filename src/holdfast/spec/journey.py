"""What users do, one request after the other: for load, and for drills to hold the system to.

Text in a path, a header or a body may hold places: {user} is another name for every simulated
user, {key} another one each time that the journey is made; the rest is what steps have taken from
answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from holdfast.spec import patterns
from holdfast.spec.values import Model, Name, Text

StepPath = Annotated[str, StringConstraints(pattern=patterns.STEP_PATH)]
HeaderName = Annotated[str, StringConstraints(pattern=patterns.HEADER)]
PlaceName = Annotated[str, StringConstraints(pattern=patterns.IDENTIFIER)]
FieldPath = Annotated[str, StringConstraints(pattern=patterns.FIELD_PATH)]

USER, KEY = "user", "key"
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class Step(Model):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    """As HTTP calls it."""
    path: StepPath
    """Of the request; it may end in a query."""
    headers: Annotated[
        dict[HeaderName, Text], Field(json_schema_extra={"additionalProperties": False})
    ] = Field(default={})
    """Sent as they are, with places filled in. Cookies are kept and sent as browsers do."""
    body: dict[str, Any] | None = None
    """Sent as JSON. A text that is nothing but one place becomes what was taken, as it was."""
    expect: int | None = Field(default=None, ge=200, le=399)
    """The status of a good answer; without it, anything from 200 to 399."""
    take: Annotated[
        dict[PlaceName, FieldPath], Field(json_schema_extra={"additionalProperties": False})
    ] = Field(default={})
    """Fields of the answer (JSON), by the name that later steps call them: {order: order.id}."""
    once: bool = False
    """Only the first time that a user makes the journey, as signing up."""

    @property
    def places(self) -> frozenset[str]:
        """All that has to be filled in."""
        return frozenset(place for text in self._texts() for place in _PLACE.findall(text))

    @property
    def keyed(self) -> bool:
        """Whether it carries the key that the ledger is asked for."""
        return KEY in self.places

    def _texts(self) -> Iterator[str]:
        yield self.path
        yield from self.headers.values()
        yield from _texts(self.body)


class Ledger(Model):
    datastore: Name
    """postgresql or mysql."""
    table: PlaceName
    """Of the datastore's own database."""
    column: PlaceName
    """Text; the table's own business, such as an idempotency key."""


class Journey(Model):
    steps: tuple[Step, ...] = Field(min_length=1)
    """In order, each when the one before was answered as expected."""
    ledger: Ledger | None = None
    """Where each {key} must be found exactly once, on every member, when the whole journey was
    answered as expected."""


def filled(template: Any, values: dict[str, Any]) -> Any:
    """`template` with its places filled in. Raises KeyError for one that has no value."""
    if isinstance(template, dict):
        return {name: filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    whole = _PLACE.fullmatch(template)
    if whole:
        return values[whole[1]]
    return _PLACE.sub(lambda match: str(values[match[1]]), template)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
