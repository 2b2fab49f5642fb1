"""The service's face: HTTP and JSON.

POST   /api/accounts          {"name", "email", "password"}: an account, and signed in with it
GET    /api/accounts          does the service take registrations? Asks the database
POST   /api/accounts/session  {"email", "password"}: signed in
PUT    /api/accounts/session  the next access token, by the cookie that signing in has left
DELETE /api/accounts/session  signed out
GET    /api/accounts/me       who asks
GET    /healthz               this process is alive, whatever the database does
GET    /readyz                the database answers too
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accounts.passwords import Passwords
from accounts.registration import EMAIL_MAX, PASSWORD_MAX, Registration, registration, secret
from accounts.store import Account, Accounts
from accounts.tokens import ACCESS_S, REFRESH_S, Signer, fingerprint, refresh_token
from answers import NUMBER_MAX, answer, body, failures, idempotency_key, said, subject
from refusal import Problem, Refused
from serving import Seat

COOKIE = "__Secure-refresh"
_COOKIE_IS = "Path=/api/accounts; Secure; HttpOnly; SameSite=Strict"


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    email: str
    password: str


def application(
    store: Accounts, signer: Signer | None, seat: Seat, passwords: Passwords | None = None
) -> Starlette:
    """Without a signer nobody is signed in: registering is all there is."""

    @asynccontextmanager
    async def open_store(app: Starlette) -> AsyncIterator[None]:
        yield
        app.state.passwords.close()
        await store.close()

    app = Starlette(
        routes=[
            Route("/api/accounts", accounts, methods=["GET", "POST"]),
            Route("/api/accounts/session", session, methods=["POST", "PUT", "DELETE"]),
            Route("/api/accounts/me", me),
            Route("/healthz", alive),
            Route("/readyz", ready),
        ],
        exception_handlers=failures(),
        lifespan=open_store,
    )
    app.state.store, app.state.signer, app.state.seat = store, signer, seat
    app.state.passwords = passwords or Passwords()
    return app


async def accounts(request: Request) -> Response:
    if request.method == "POST":
        return await register(request)
    await _store(request).ready()
    return answer(request, 200, {"registration": "open"})


async def register(request: Request) -> Response:
    key = idempotency_key(request)
    new = registration(await body(request), key)
    hashed = await request.app.state.passwords.hashed(new.password)
    account = await _store(request).add(new, hashed)
    if account["password"] != hashed:
        await _certainly_the_same(request, account, new)
    if request.app.state.signer is None:
        return answer(request, 201, {"account": _shown(account)})
    return await _signed_in(request, 201, account)


async def _certainly_the_same(request: Request, account: Account, new: Registration) -> None:
    """A key that was used before must have been used for this very registration."""
    same = (account["name"], account["email"]) == (new.name, new.email)
    if not await request.app.state.passwords.matches(new.password, account["password"]) or not same:
        raise Refused(409, Problem("Idempotency-Key", "was used for another account"))


async def session(request: Request) -> Response:
    _signer(request)
    if request.method == "POST":
        return await sign_in(request)
    return await (refresh if request.method == "PUT" else sign_out)(request)


async def sign_in(request: Request) -> Response:
    asked = await said(request, Credentials)
    fits = len(asked.email) <= EMAIL_MAX and len(asked.password) <= PASSWORD_MAX
    account = await _store(request).by_email(asked.email.strip()) if fits else None
    stored = account and account["password"]
    if not await request.app.state.passwords.matches(secret(asked.password)[:PASSWORD_MAX], stored):
        raise Refused(401, Problem("", "e-mail address or password is wrong"))
    assert account is not None
    return await _signed_in(request, 200, account)


async def refresh(request: Request) -> Response:
    token = request.cookies.get(COOKIE)
    account = await _store(request).resume(fingerprint(token)) if token else None
    if account is None:
        raise Refused(401, Problem("", "sign in first"))
    return answer(request, 200, _access(request, account))


async def sign_out(request: Request) -> Response:
    if token := request.cookies.get(COOKIE):
        await _store(request).end(fingerprint(token))
    gone = {"set-cookie": f"{COOKIE}=; Max-Age=0; {_COOKIE_IS}"}
    return answer(request, 200, {"signed_out": True}, gone)


async def me(request: Request) -> Response:
    who = subject(request)
    number = int(who) if who.isdecimal() and int(who) <= NUMBER_MAX else 0
    account = await _store(request).read(number)
    if account is None:
        raise Refused(404, Problem("", "no such account"))
    return answer(request, 200, {"account": _shown(account)})


async def alive(request: Request) -> Response:
    return answer(request, 200, {"status": "alive"})


async def ready(request: Request) -> Response:
    await _store(request).ready()
    return answer(request, 200, {"status": "ready"})


async def _signed_in(request: Request, status: int, account: Account) -> Response:
    token = refresh_token()
    await _store(request).begin(account["id"], fingerprint(token))
    kept = {"set-cookie": f"{COOKIE}={token}; Max-Age={REFRESH_S}; {_COOKIE_IS}"}
    return answer(request, status, _access(request, account), kept)


def _access(request: Request, account: Account) -> dict[str, Any]:
    token = _signer(request).sign(str(account["id"]))
    return {"account": _shown(account), "token": token, "expires_in": ACCESS_S}


def _shown(account: Account) -> dict[str, Any]:
    return {name: account[name] for name in ("id", "name", "email", "created_at")}


def _signer(request: Request) -> Signer:
    signer: Signer | None = request.app.state.signer
    if signer is None:
        raise Refused(501, Problem("", "nobody can sign in: the system has no signing keys"))
    return signer


def _store(request: Request) -> Accounts:
    store: Accounts = request.app.state.store
    return store
