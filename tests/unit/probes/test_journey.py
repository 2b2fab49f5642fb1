"""Users on a journey: what they send, what they remember, and what counts as acknowledged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest

from holdfast.drill import virtual
from holdfast.drill.timeline import Outcome
from holdfast.load.generator import Company, Generator
from holdfast.load.mix import Part
from holdfast.load.rows import Row
from holdfast.probes.base import Answer
from holdfast.probes.http import Request, Response
from holdfast.probes.journey import JourneyProbe
from holdfast.probes.traveller import Traveller, arrivals, found
from holdfast.spec.journey import Journey, Step

SIGN_UP = Step(
    method="POST",
    path="/api/accounts",
    headers={"Idempotency-Key": "{user}"},
    body={"name": "{user}"},
    take={"token": "token"},
    once=True,
)
LOOK = Step(path="/api/cart")
ORDER = Step(
    method="POST",
    path="/api/orders",
    headers={"Authorization": "Bearer {token}", "Idempotency-Key": "{key}"},
    body={"lines": [{"item": "mug", "of": "{token}"}]},
    expect=201,
    take={"order": "order.id"},
)
SEE = Step(path="/api/orders/{order}")
JOURNEY = Journey(steps=(SIGN_UP, LOOK, ORDER))


def answer(status: int = 200, said: object = None, **headers: str) -> Response:
    return Response(status, {k.replace("_", "-"): v for k, v in headers.items()}, _json(said))


def _json(said: object) -> bytes:
    return json.dumps({"token": 7, "order": {"id": 3}} if said is None else said).encode()


@dataclass
class Shop:
    """Answers as told, and remembers. `mood` answers instead, where it has something to say."""

    mood: Callable[[Request], Response | None] = lambda request: None
    asked: list[Request] = field(default_factory=list)

    async def ask(self, request: Request) -> Response:
        self.asked.append(request)
        await asyncio.sleep(0.01)
        said = self.mood(request)
        return said or answer(201 if request.path == ORDER.path else 200)

    async def close(self) -> None:
        return

    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


def travelled(shop: Shop, *keys: str) -> list[Answer]:
    """One user, one question after the other."""
    answers: list[Answer] = []

    async def work(_: Callable[[], float]) -> None:
        probe = JourneyProbe("j", shop, arrivals(JOURNEY, "u"), "journey order", lanes=1)
        answers.extend([await probe.ask(key) for key in keys])

    virtual.run(work)
    return answers


def test_what_is_done_once_is_done_once_and_every_round_has_its_own_key() -> None:
    shop = Shop()
    assert [each.outcome for each in travelled(shop, "a", "b")] == [Outcome.OK] * 2
    assert shop.paths() == [SIGN_UP.path, LOOK.path, ORDER.path, LOOK.path, ORDER.path]
    orders = [request for request in shop.asked if request.path == ORDER.path]
    assert [each.headers["Idempotency-Key"] for each in orders] == ["a", "b"]
    assert {each.headers["Authorization"] for each in orders} == {"Bearer 7"}


def test_a_place_alone_keeps_its_kind() -> None:
    shop = Shop()
    travelled(shop, "a")
    assert json.loads(shop.asked[-1].body) == {"lines": [{"item": "mug", "of": 7}]}
    assert shop.asked[-1].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "status", "outcome"),
    [
        (LOOK.path, 503, Outcome.FAIL),
        (ORDER.path, 422, Outcome.FAIL),
        (ORDER.path, 503, Outcome.UNKNOWN),
        (ORDER.path, 500, Outcome.UNKNOWN),
    ],
)
def test_only_a_refusal_says_that_nothing_was_done(
    path: str, status: int, outcome: Outcome
) -> None:
    shop = Shop(lambda request: answer(status) if request.path == path else None)
    (said,) = travelled(shop, "a")
    assert (said.outcome, said.detail.endswith(f"{path}: status {status}")) == (outcome, True)


def test_another_good_status_than_the_expected_one_is_not_acknowledged() -> None:
    shop = Shop(lambda request: answer(200))
    assert travelled(shop, "a")[0].outcome is not Outcome.OK


def test_a_lost_connection_after_sending_proves_nothing() -> None:
    def hang_up(request: Request) -> Response | None:
        if request.path == ORDER.path:
            raise ConnectionResetError
        return None

    assert travelled(Shop(hang_up), "a")[0].outcome is Outcome.UNKNOWN


def test_an_answer_without_what_is_wanted_of_it_is_wrong() -> None:
    lacking = Shop(lambda request: answer(said={}) if request.path == SIGN_UP.path else None)
    (said,) = travelled(lacking, "a")
    assert "the answer has no token" in said.detail


def traveller(journey: Journey = JOURNEY) -> Traveller:
    names, keys = count(1), count(1)
    return Traveller(journey, lambda: f"u{next(names)}", lambda: f"k{next(keys)}")


def test_what_got_no_answer_is_sent_again_as_it_was() -> None:
    user = traveller(Journey(steps=(ORDER.model_copy(update={"headers": {"Key": "{key}"}}),)))
    user.journey.steps[0].body.update(lines=[])  # type: ignore[union-attr]
    first = user.request()
    assert user.heard(None) and user.request() == first
    assert user.heard(answer(503)) and user.request() == first
    assert user.heard(answer(409)) and user.request().headers != first.headers


def test_who_is_no_longer_known_signs_up_again_as_somebody_else() -> None:
    user = traveller()
    for _ in range(2):
        user.heard(answer())
    assert user.step is ORDER
    user.heard(answer(401))
    assert user.step is SIGN_UP
    assert json.loads(user.request().body) == {"name": "u2"}


def test_signing_up_is_over_even_if_the_rest_failed() -> None:
    user = traveller()
    user.heard(answer())
    user.begin("a")
    assert user.step is LOOK


def test_cookies_go_where_they_are_meant_to() -> None:
    user = traveller()
    user.heard(answer(set_cookie="cart=abc; Path=/api/cart; Secure"))
    assert user.request().headers["Cookie"] == "cart=abc"
    user.heard(answer())
    assert "Cookie" not in user.request().headers


def test_what_is_taken_is_used_by_later_steps() -> None:
    user = traveller(Journey(steps=(SIGN_UP, ORDER, SEE)))
    user.heard(answer())
    user.heard(answer(201))
    assert user.request().path == "/api/orders/3"
    assert found({"lines": [{"item": "mug"}]}, "lines.0.item") == "mug"


def test_load_makes_the_journey_and_waits_for_nobody() -> None:
    shop, rows = Shop(), list[Row]()

    async def work(clock: Callable[[], float]) -> None:
        generator = Generator(
            parts=(Part("order", journey="order"),),
            askers=[shop],
            rate=100.0,
            clock=clock,
            keep=rows.append,
            journeys={"order": Company(arrivals(JOURNEY, "u"))},
        )
        await generator.run(clock(), 1.0, asyncio.Event())

    virtual.run(work)
    assert {row.outcome for row in rows} == {Outcome.OK}
    assert len(rows) == len(shop.asked) == 100
    keys = [r.headers["Idempotency-Key"] for r in shop.asked if r.path == ORDER.path]
    assert len(set(keys)) == len(keys) > 40


def test_load_counts_what_was_not_expected_as_failed() -> None:
    shop, rows = Shop(lambda request: answer(200)), list[Row]()

    async def work(clock: Callable[[], float]) -> None:
        journeys = {"order": Company(arrivals(JOURNEY, "u"))}
        part = Part("order", journey="order")
        generator = Generator((part,), [shop], 100.0, clock, rows.append, journeys)
        await generator.run(clock(), 1.0, asyncio.Event())

    virtual.run(work)
    assert "status 200 of POST order" in {row.error for row in rows}
