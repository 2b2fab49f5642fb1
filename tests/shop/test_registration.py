"""What may be registered, and what is said about the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.registration import (
    EMAIL_MAX,
    ID_MAX,
    KEY_MAX,
    NAME_MAX,
    PAGE_MAX,
    Page,
    Refused,
    page,
    registration,
)

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def body(**fields: object) -> bytes:
    return json.dumps({"name": "Ada Lovelace", "email": "ada@example.com"} | fields).encode()


def complaints(content: bytes, key: str | None = None) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        registration(content, key)
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
    assert set(told) == {"name", "email", "mail"}


@pytest.mark.parametrize("key", ["", "a b", "é", "a" * (KEY_MAX + 1), "a\n"])
def test_malformed_keys_are_refused(key: str) -> None:
    assert set(complaints(body(), key)) == {"Idempotency-Key"}


@given(st.binary() | ANY_JSON.map(json.dumps).map(str.encode))
def test_whatever_comes_is_refused_or_whole(content: bytes) -> None:
    try:
        new = registration(content, None)
    except Refused as refused:
        assert refused.problems and refused.status in {400, 422}
    else:
        assert new.name and "@" in new.email


@given(st.text(max_size=20) | st.integers().map(str))
def test_pages_are_bounded(text: str) -> None:
    try:
        wanted = page(text, text)
    except Refused as refused:
        assert refused.status == 400
    else:
        assert 1 <= wanted.limit <= PAGE_MAX and 1 <= wanted.before <= ID_MAX


def test_without_parameters_the_newest_page_is_meant() -> None:
    assert page(None, None) == Page()
