"""What a person sends to register, and what is wrong with it. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from refusal import Problem, Refused

NAME_MAX = 100
EMAIL_MAX = 254
PASSWORD_MIN = 8
PASSWORD_MAX = 128

_NO_FIELD = "is not a field; send name, email and password"
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class Registration:
    """`key` is the Idempotency-Key; without one, nothing is ever repeated for the client."""

    name: str
    email: str
    password: str = field(repr=False)
    key: str | None


def registration(body: bytes, key: str | None) -> Registration:
    """Raises Refused: 400 when the body is no JSON object, 422 when fields are wrong, with all of
    them named at once."""
    fields = _json_object(body)
    problems = [
        *(Problem(f, _NO_FIELD) for f in fields.keys() - _CHECKS),
        *(Problem(f, wrong) for f, check in _CHECKS.items() if (wrong := check(fields.get(f)))),
    ]
    if problems:
        raise Refused(422, *sorted(problems, key=lambda p: p.field))
    name = unicodedata.normalize("NFC", " ".join(fields["name"].split()))
    return Registration(name, fields["email"].strip(), secret(fields["password"]), key)


def secret(password: str) -> str:
    """One password has one spelling, whichever keyboard it was typed on (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password)


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


def _password_wrong(value: object) -> str:
    if (wrong := _text_wrong(value, PASSWORD_MAX)) or not isinstance(value, str):
        return wrong
    return "" if len(value) >= PASSWORD_MIN else f"is shorter than {PASSWORD_MIN} characters"


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


_CHECKS = {"name": _name_wrong, "email": _email_wrong, "password": _password_wrong}
