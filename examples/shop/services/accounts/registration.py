"""What a person sends to register, and what is wrong with it. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

NAME_MAX = 100
EMAIL_MAX = 254
KEY_MAX = 128
PAGE_MAX = 100
ID_MAX = (1 << 63) - 1

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_KEY = re.compile(r"[\x21-\x7e]+")


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


@dataclass(frozen=True)
class Registration:
    """`key` is the Idempotency-Key; without one, nothing is ever repeated for the client."""

    name: str
    email: str
    key: str | None


@dataclass(frozen=True)
class Page:
    """At most `limit` accounts, all with an id below `before`."""

    limit: int = 20
    before: int = ID_MAX


def registration(body: bytes, key: str | None) -> Registration:
    """Raises Refused: 400 when the body is no JSON object or the key is malformed, 422 when
    fields are wrong, with all of them named at once."""
    if key is not None and not (len(key) <= KEY_MAX and _KEY.fullmatch(key)):
        wrong = f"must be 1 to {KEY_MAX} visible ASCII characters"
        raise Refused(400, Problem("Idempotency-Key", wrong))
    fields = _json_object(body)
    problems = [
        *(Problem(f, "is not a field; send name and email") for f in fields.keys() - _CHECKS),
        *(Problem(f, wrong) for f, check in _CHECKS.items() if (wrong := check(fields.get(f)))),
    ]
    if problems:
        raise Refused(422, *sorted(problems, key=lambda p: p.field))
    name = unicodedata.normalize("NFC", " ".join(fields["name"].split()))
    return Registration(name, fields["email"].strip(), key)


def page(limit: str | None, before: str | None) -> Page:
    """Read a list's query parameters. Raises Refused (400)."""
    return Page(
        Page.limit if limit is None else _number("limit", limit, PAGE_MAX),
        Page.before if before is None else _number("before", before, ID_MAX),
    )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise Refused(400, Problem("", "the body is not JSON in UTF-8")) from error
    if not isinstance(value, dict):
        raise Refused(400, Problem("", "the body is not a JSON object"))
    return value


def _name_wrong(value: object) -> str:
    if (wrong := _text_wrong(value, NAME_MAX)) or not isinstance(value, str):
        return wrong
    return "" if value.strip() else "is empty"


def _email_wrong(value: object) -> str:
    if (wrong := _text_wrong(value, EMAIL_MAX)) or not isinstance(value, str):
        return wrong
    return "" if _EMAIL.fullmatch(value.strip()) else "is not an e-mail address"


def _text_wrong(value: object, longest: int) -> str:
    if value is None:
        return "is missing"
    if not isinstance(value, str):
        return "is not text"
    if len(value) > longest:
        return f"is longer than {longest} characters"
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in value):
        return "has control characters or broken Unicode in it"
    return ""


_CHECKS = {"name": _name_wrong, "email": _email_wrong}


def _number(field: str, text: str, most: int) -> int:
    if not (re.fullmatch(r"[0-9]{1,19}", text) and 1 <= int(text) <= most):
        raise Refused(400, Problem(field, f"must be a whole number from 1 to {most}"))
    return int(text)
