"""How every service of the shop reads a request and answers it: JSON, signed with its seat.

What is wrong with a request is told as {"problems": [{"field", "problem"}]}. A datastore that does
not answer in time is 503 with Retry-After, and the problem says whether nothing was done.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from refusal import Problem, Refused, Unavailable, Unknown

BODY_MAX = 8 << 10
BODY_S = 2.0
"""Seconds in which a request's body must have arrived."""
KEY_MAX = 128
SUBJECT_MAX = 64
NUMBER_MAX = (1 << 63) - 1

NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""Headers of every answer that is about one person, or about now."""

log = logging.getLogger("answers")
T = TypeVar("T")


def answer(request: Request, status: int, content: dict[str, Any], headers: Any = None) -> Response:
    signed = content | {"served_by": str(request.app.state.seat)}
    body = msgspec.json.encode(signed)
    return Response(body, status, headers=headers, media_type="application/json")


async def body(request: Request) -> bytes:
    """Raises Refused unless it is JSON by its own account (415), neither too long (413) nor too
    slow (408), and whole (400)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, Problem("Content-Type", "must be application/json"))
    read = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                read += part
                if len(read) > BODY_MAX:
                    raise Refused(413, Problem("", f"the body is longer than {BODY_MAX} bytes"))
    except TimeoutError as error:
        raise Refused(408, Problem("", f"the body took longer than {BODY_S:g} s")) from error
    except ClientDisconnect as error:
        raise Refused(400, Problem("", "the body was cut short")) from error
    return bytes(read)


async def said(request: Request, shape: type[T]) -> T:
    """The body as `shape`. Raises Refused, 422 naming the first field that does not fit."""
    content = await body(request)
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `")
        raise Refused(422, Problem(place.strip("$.`"), text)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, Problem("", "the body is not JSON in UTF-8")) from error


def subject(request: Request) -> str:
    """Who asks, as the gateway has found out. Raises Refused (401)."""
    who = request.headers.get("x-holdfast-subject", "")
    if not re.fullmatch(rf"[\x21-\x7e]{{1,{SUBJECT_MAX}}}", who):
        raise Refused(401, Problem("", "sign in first"))
    return who


def idempotency_key(request: Request, *, required: bool = False) -> str | None:
    """The name under which this request is one request, however often it is sent."""
    key = request.headers.get("idempotency-key")
    if key is None and not required:
        return None
    if key is None or not re.fullmatch(rf"[\x21-\x7e]{{1,{KEY_MAX}}}", key):
        wrong = f"must be 1 to {KEY_MAX} visible ASCII characters"
        raise Refused(400, Problem("Idempotency-Key", wrong))
    return key


def number(field: str, text: str | None, otherwise: int, most: int) -> int:
    """A query parameter. Raises Refused (400)."""
    if text is None:
        return otherwise
    if not (re.fullmatch(r"[0-9]{1,19}", text) and 1 <= int(text) <= most):
        raise Refused(400, Problem(field, f"must be a whole number from 1 to {most}"))
    return int(text)


def failures() -> dict[Any, Any]:
    """Starlette's exception handlers."""
    return {
        Refused: _refused,
        HTTPException: _unroutable,
        Unavailable: _unavailable,
        Unknown: _unknown,
        Exception: _broken,
    }


async def _refused(request: Request, error: Refused) -> Response:
    return _failure(request, error.status, error.problems)


async def _unroutable(request: Request, error: HTTPException) -> Response:
    problem = Problem("", error.detail.lower())
    return _failure(request, error.status_code, (problem,), error.headers)


async def _unavailable(request: Request, error: Unavailable) -> Response:
    log.warning("unavailable: %s", error)
    return _again(request, "not done: the datastore does not answer at the moment")


async def _unknown(request: Request, error: Unknown) -> Response:
    log.warning("outcome unknown: %s", error)
    return _again(request, "outcome unknown: send it again with the same Idempotency-Key")


async def _broken(request: Request, _error: Exception) -> Response:
    return _failure(request, 500, (Problem("", "a defect of this service; it is in its log"),))


def _again(request: Request, why: str) -> Response:
    return _failure(request, 503, (Problem("", why),), {"Retry-After": "1"})


def _failure(
    request: Request, status: int, problems: tuple[Problem, ...], headers: Any = None
) -> Response:
    told = [{"field": p.field, "problem": p.problem} for p in problems]
    return answer(request, status, {"problems": told}, headers)
