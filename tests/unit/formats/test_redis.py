"""redis.conf and ACL files: every value comes back as one word, or is refused."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.formats.redis import Value, directives, users
from holdfast.formats.values import SpellingError

PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("/run/x.sock", "/run/x.sock"),
        ("", '""'),
        ("TLSv1.2 TLSv1.3", '"TLSv1.2 TLSv1.3"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("#x", '"#x"'),
        (("nosave", "now"), "nosave now"),
    ],
)
def test_values_are_written_as_redis_reads_them(value: Value, text: str) -> None:
    assert directives([("name", value)]) == f"name {text}\n"


@given(PLAIN)
def test_a_text_stays_one_word(text: str) -> None:
    """Within double quotes Redis takes a backslash as a shell does, for these characters."""
    ((line),) = directives([("name", text)]).splitlines()
    assert shlex.split(line) == ["name", text]


@pytest.mark.parametrize("bad", ["a\nb", "a\0b", "a\rb"])
def test_a_second_line_cannot_be_smuggled_in(bad: str) -> None:
    with pytest.raises(SpellingError):
        directives([("name", bad)])
    with pytest.raises(SpellingError):
        users([("anna", ("on", bad))])


def test_users_are_one_line_each_with_their_rules_in_order() -> None:
    text = users([("default", ("reset", "off")), ("anna", ("reset", "on", "+@all"))])
    assert text == "user default reset off\nuser anna reset on +@all\n"
