"""docs/reference/cli.md is what the verbs say of themselves. UPDATE_GOLDEN=1 writes it anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from holdfast.cli.main import group

PAGE = Path(__file__).parents[2] / "docs/reference/cli.md"
_HEAD = """\
# The command line

Written from the verbs themselves: `holdfast VERB --help` says the same.
[Exit codes](exit-codes.md) are alike everywhere.
"""


def page() -> str:
    """With the group's own settings, as `main` has them: click keeps what a verb was first asked
    with, and tests before this one may have asked."""
    ctx = click.Context(group, info_name="holdfast", **group.context_settings)
    return "\n".join([_HEAD, *_sections(ctx)])


def _sections(ctx: click.Context) -> Iterator[str]:
    """The verbs in the order of `holdfast --help`, each followed by its own verbs."""
    parent = ctx.command
    assert isinstance(parent, click.Group)
    for name in parent.list_commands(ctx):
        command = parent.get_command(ctx, name)
        assert command is not None
        inner = click.Context(command, parent=ctx, info_name=name, terminal_width=88)
        yield f"## {inner.command_path}\n\n```text\n{command.get_help(inner)}\n```\n"
        if isinstance(command, click.Group):
            yield from _sections(inner)


def test_the_page_is_what_the_verbs_say() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
