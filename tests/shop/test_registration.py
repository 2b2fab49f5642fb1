"""What may be registered, and what is said about the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.registration import EMAIL_MAX, NAME_MAX, PASSWORD_MAX, registration
from refusal import Refused

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def body(**fields: object) -> bytes:
    whole = {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "password": "correct horse",
    }
    return json.dumps(whole | fields).encode()


def complaints(content: bytes) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        registration(content, None)
    return {p.field: p.problem for p in caught.value.problems}


def test_names_are_tidied_and_keys_kept() -> None:
    new = registration(body(name="  Ada\u3000 Lovelace ", email=" ada@example.com "), "a-key")
    assert (new.name, new.email, new.key) == ("Ada Lovelace", "ada@example.com", "a-key")


@pytest.mark.parametrize("name", ["李小龙", "O'Brien", "Zoë", "X Æ A-12", "a" * NAME_MAX])
def test_people_may_be_called_what_they_are_called(name: str) -> None:
    assert registration(body(name=name), None).name == name


@pytest.mark.parametrize("name", ["", "   ", 7, None, ["Ada"], "a\x00b", "\ud800", "a" * 101])
def test_what_is_no_name_is_refused(name: object) -> None:
    assert set(complaints(body(name=name))) == {"name"}


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.com", "a b@c.d", "a@b", "a@b..c", "a@@b.c", 7, True]
)
def test_what_is_no_address_is_refused(email: object) -> None:
    assert set(complaints(body(email=email))) == {"email"}


def test_an_address_may_be_long_but_not_longer() -> None:
    longest = "a" * (EMAIL_MAX - 6) + "@b.com"
    assert registration(body(email=longest), None).email == longest
    assert "longer" in complaints(body(email="a" + longest))["email"]


def test_everything_wrong_is_told_at_once() -> None:
    told = complaints(json.dumps({"name": "", "mail": 1}).encode())
    assert set(told) == {"name", "email", "mail", "password"}


@pytest.mark.parametrize("password", ["", "1234567", "a" * (PASSWORD_MAX + 1), "a\n345678", 7])
def test_passwords_that_are_too_easy_or_none_are_refused(password: object) -> None:
    assert set(complaints(body(password=password))) == {"password"}


def test_a_password_is_the_same_however_its_accents_are_typed_and_never_printed() -> None:
    composed = registration(body(password="caf\u00e9 au lait"), None)
    typed = registration(body(password="cafe\u0301 au lait"), None)
    assert composed.password == typed.password
    assert "lait" not in repr(composed)


@given(st.binary() | ANY_JSON.map(json.dumps).map(str.encode))
def test_whatever_comes_is_refused_or_whole(content: bytes) -> None:
    try:
        new = registration(content, None)
    except Refused as refused:
        assert refused.problems and refused.status in {400, 422}
    else:
        assert new.name and "@" in new.email
