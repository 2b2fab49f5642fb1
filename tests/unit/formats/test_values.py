"""No value breaks out of its line, whatever the dialect."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from holdfast.errors import InputError
from holdfast.formats import environment, haproxy, ini, postgresql
from holdfast.formats.blocks import AnyOf, block, corosync, keepalived, leaf, nftables
from holdfast.formats.command import systemd_command
from holdfast.formats.values import SpellingError

ANY = st.text(max_size=20)

DIALECTS: dict[str, Callable[[str], str]] = {
    "corosync": lambda v: corosync([block("a", ("key", v))]),
    "keepalived": lambda v: keepalived([block("a", ("key", v))]),
    "nftables": lambda v: nftables([block("a", leaf("ip saddr", v), leaf("x", AnyOf((v,))))]),
    "haproxy": lambda v: haproxy.render([haproxy.Section("a", "b", (("key", v),))]),
    "ini": lambda v: ini.render([ini.Section("a", (("key", v),))]),
    "settings": lambda v: postgresql.settings([("key", v)]),
    "records": lambda v: postgresql.records([("local", v)]),
    "environment": lambda v: environment.render([("KEY", v)]),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@given(value=ANY)
def test_a_value_adds_no_line(dialect: str, value: str) -> None:
    spell = DIALECTS[dialect]
    try:
        text = spell(value)
    except SpellingError:
        return
    assert len(text.splitlines()) == len(spell("x").splitlines())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "a\x1bb", "a\u2028b"])
def test_control_characters_are_refused(dialect: str, value: str) -> None:
    with pytest.raises(SpellingError):
        DIALECTS[dialect](value)


@pytest.mark.parametrize("dialect", ["corosync", "keepalived", "nftables"])
@pytest.mark.parametrize("value", ["}", "{", "a}b"])
def test_braces_are_refused_where_they_mean_blocks(dialect: str, value: str) -> None:
    with pytest.raises(SpellingError):
        DIALECTS[dialect](value)


def test_a_spelling_error_is_the_users_input() -> None:
    assert issubclass(SpellingError, InputError)


@given(value=st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=20))
def test_libpq_reads_a_connection_string_as_it_was_meant(value: str) -> None:
    try:
        text = postgresql.conninfo([("user", value), ("port", 5432)])
    except SpellingError:
        return
    assert conninfo_to_dict(text) == {"user": value, "port": "5432"}


def test_sets_belong_to_nftables() -> None:
    with pytest.raises(TypeError):
        keepalived([block("a", ("key", AnyOf(("1",))))])


def test_blocks_are_nested_and_none_is_left_out() -> None:
    text = corosync([block("totem", ("version", "2"), None, block("interface", ("x", "y")))])
    assert text == "totem {\n    version: 2\n    interface {\n        x: y\n    }\n}\n"


def test_haproxy_words_with_blanks_are_quoted() -> None:
    section = haproxy.Section("backend", "b", (haproxy.line("return string", 'say "hi" $x'),))
    assert haproxy.render([section]) == 'backend b\n    return string "say \\"hi\\" \\$x"\n'


def test_an_ini_value_cannot_swallow_the_next_line() -> None:
    with pytest.raises(SpellingError):
        DIALECTS["ini"]("trailing\\")


@pytest.mark.parametrize(
    ("command", "spelt"),
    [
        ("python3 -m accounts", "python3 -m accounts"),
        ("run --listen {address}:{port}", "run --listen ${ADDRESS}:8000"),
        ("echo 'two words'", 'echo "two words"'),
        ("echo 50% $HOME", "echo 50%% $$HOME"),
        ("""echo '"'""", 'echo "\\""'),
    ],
)
def test_a_command_is_spelt_for_systemd(command: str, spelt: str) -> None:
    assert systemd_command(command, {"address": "${ADDRESS}", "port": "8000"}) == spelt


@pytest.mark.parametrize("command", ["", "echo 'open", "run {nobody}", "echo 'a\nb'"])
def test_what_is_no_command_is_refused(command: str) -> None:
    with pytest.raises(SpellingError):
        systemd_command(command, {"port": "1"})


@given(words=st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), min_size=1))
def test_a_command_keeps_its_words(words: list[str]) -> None:
    braces = any("{" in word for word in words)
    if braces:
        return
    spelt = systemd_command(shlex.join(words), {})
    assert shlex.split(spelt.replace("%%", "%")) == words
