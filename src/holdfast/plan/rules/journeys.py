"""A journey must lead somewhere, say only what it knows, and leave its keys where one can look."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from holdfast.finding import Finding, SpecPath
from holdfast.plan.inventory import Inventory
from holdfast.spec.journey import KEY, USER, Journey, Ledger, Step
from holdfast.spec.model import Route, System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    for name, journey in system.journeys.items():
        path = ("journeys", name)
        known = {USER, KEY}
        for number, step in enumerate(journey.steps):
            place = (*path, "steps", number)
            yield from _led(step, system.gateway.routes, place)
            yield from _filled(step, known, place)
            known |= step.take.keys()
        yield from _rounds(journey, path)
        if journey.ledger is not None:
            yield from _kept(journey.ledger, system, (*path, "ledger"))


def _led(step: Step, routes: tuple[Route, ...], path: SpecPath) -> Iterator[Finding]:
    """Some route takes it, and it shows the token that the route wants."""
    asked = step.path.partition("?")[0]
    fits = [r for r in routes if f"{asked}/".startswith(f"{r.key.rstrip('/')}/")]
    if not fits:
        yield Finding.error(
            "journeys-route",
            f"no route takes {step.path}",
            "add one to gateway.routes, or ask for another path",
            (*path, "path"),
        )
    elif max(fits, key=lambda r: len(r.path)).auth and "authorization" not in {
        header.lower() for header in step.headers
    }:
        yield Finding.error(
            "journeys-token",
            f"the route of {step.path} wants a token, and this step shows none",
            "add 'headers: {Authorization: \"Bearer {token}\"}', and take the token before",
            (*path, "path"),
        )


def _filled(step: Step, known: set[str], path: SpecPath) -> Iterator[Finding]:
    for unknown in sorted(step.places - known):
        close = get_close_matches(unknown, known, n=1)
        yield Finding.error(
            "journeys-place",
            f"nothing before this step has taken '{unknown}'",
            f"did you mean '{{{close[0]}}}'?"
            if close
            else f"add 'take: {{{unknown}: <field of the answer>}}' to a step before",
            path,
        )


def _rounds(journey: Journey, path: SpecPath) -> Iterator[Finding]:
    every = [step for step in journey.steps if not step.once]
    if not every:
        yield Finding.error(
            "journeys-once",
            "every step is done once only: nothing is left for the second time",
            "remove 'once' from what users do again and again",
            (*path, "steps"),
        )
    elif journey.ledger is not None and not any(step.keyed for step in every):
        yield Finding.error(
            "journeys-key",
            "no step that is repeated sends a {key}: the ledger would stay empty",
            "add 'headers: {Idempotency-Key: \"{key}\"}' to the step that writes",
            (*path, "ledger"),
        )


def _kept(ledger: Ledger, system: System, path: SpecPath) -> Iterator[Finding]:
    tables = {name: d for name, d in system.datastores.items() if d.engine != "redis"}
    if ledger.datastore not in tables:
        close = get_close_matches(ledger.datastore, tables, n=1)
        yield Finding.error(
            "journeys-ledger",
            f"'{ledger.datastore}' is no datastore with tables",
            f"did you mean '{close[0]}'?"
            if close
            else f"datastores with tables are: {', '.join(tables) or 'none yet'}",
            (*path, "datastore"),
        )
