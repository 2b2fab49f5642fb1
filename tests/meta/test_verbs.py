"""Every verb exists, explains itself, and is in the README."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from holdfast.cli.main import VERBS, group

ROOT = Path(__file__).parents[2]
CLI = ROOT / "src/holdfast/cli"
SHARED = {"__init__", "entry", "main", "options", "verbs", "voice"}


def test_every_file_and_folder_is_a_verb() -> None:
    rooms = {path.stem for path in CLI.iterdir() if not path.name.startswith("__pycache__")}
    assert rooms - SHARED == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_has_help(verb: str) -> None:
    for command in _with_children(_command(verb)):
        assert command.help, f"{command.name} has no help"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{command.name} {parameter.opts} has no help"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_readme(verb: str) -> None:
    assert f"holdfast {verb}" in (ROOT / "README.md").read_text()


def _command(verb: str) -> click.Command:
    command = group.get_command(click.Context(group), verb)
    assert command is not None
    assert command.name == verb
    return command


def _with_children(command: click.Command) -> list[click.Command]:
    children = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *children]
