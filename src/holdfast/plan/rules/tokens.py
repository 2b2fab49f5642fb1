"""Tokens need someone who signs them, and routes that ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from holdfast.finding import Finding
from holdfast.plan.inventory import Inventory
from holdfast.spec.model import System


def check(system: System, inventory: Inventory) -> Iterator[Finding]:
    gateway = system.gateway
    guarded = [number for number, route in enumerate(gateway.routes) if route.auth]
    if gateway.jwt is None:
        for number in guarded:
            yield Finding.error(
                "tokens-nobody",
                f"the route {gateway.routes[number].path} asks for tokens that nobody signs",
                "add to gateway: 'jwt: {signer: <the service that signs>}'",
                ("gateway", "routes", number, "auth"),
            )
        return
    if gateway.jwt.signer not in system.services:
        yield _unknown(gateway.jwt.signer, list(system.services))
    if not guarded:
        yield Finding.warning(
            "tokens-unused",
            "tokens are signed, but no route asks for one",
            "add 'auth: jwt' to the routes that are not for everybody",
            ("gateway", "jwt"),
        )


def _unknown(signer: str, services: list[str]) -> Finding:
    close = get_close_matches(signer, services, n=1)
    known = ", ".join(services) or "none yet"
    return Finding.error(
        "tokens-signer",
        f"tokens are signed by an unknown service, '{signer}'",
        f"did you mean '{close[0]}'?" if close else f"services are: {known}",
        ("gateway", "jwt", "signer"),
    )
