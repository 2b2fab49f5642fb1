"""The command `holdfast`: finds the verb, and says in one voice what went wrong."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from holdfast import __version__
from holdfast.cli.verbs import Verbs
from holdfast.cli.voice import complain
from holdfast.errors import HoldfastError

VERBS = {
    "init": ("holdfast.cli.init", "Write a commented holdfast.yaml to start from."),
    "check": ("holdfast.cli.check", "Find mistakes and weak spots in a spec."),
    "schema": ("holdfast.cli.schema", "Print the JSON Schema of holdfast.yaml, for editors."),
    "render": ("holdfast.cli.render", "Write every file that the hosts would get."),
    "lab": ("holdfast.cli.lab", "Run three Debian hosts on this machine."),
    "up": ("holdfast.cli.up", "Deploy the system onto its hosts."),
    "status": ("holdfast.cli.status", "Show who is primary, who follows, and why."),
    "fenced": ("holdfast.cli.fenced", "Confirm that a lost host is powered off."),
    "switchover": ("holdfast.cli.switchover", "Hand a datastore's primary role over on purpose."),
    "bootstrap": (
        "holdfast.cli.bootstrap",
        "Begin a datastore anew from one host, accepting loss.",
    ),
    "keys": ("holdfast.cli.keys", "Show and change the keys that tokens are signed with."),
    "drill": ("holdfast.cli.drill", "Break something, watch, heal, and judge."),
    "audit": ("holdfast.cli.audit", "Look for single points of failure, waste and weak doors."),
    "load": ("holdfast.cli.load", "Ask as many users would, and see who does the work."),
    "cluster": ("holdfast.cli.cluster", "Provide what a Kubernetes cluster needs."),
    "converge": ("holdfast.cli.converge", "How a cluster comes back after a power cut."),
    "report": ("holdfast.cli.report", "Show what a drill has measured."),
}
"""Verb -> (module with `command`, one line of help). A verb is imported when it is used."""

INTERRUPTED = 130
"""What shells expect of a program ended by Ctrl-C."""
DEFECT = 3


class Holdfast(Verbs):
    verbs = VERBS


@click.group(cls=Holdfast, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="holdfast", message="%(prog)s %(version)s")
def group() -> None:
    """A business system on three machines, and the evidence that it outlives one of them.

    Exit codes: 0 held, 1 a drill or check failed, 2 wrong input, 3 a tool or host failed.
    """


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the verb; every way to fail ends here, as a message and an exit code."""
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None) -> int:
    color = False if os.environ.get("NO_COLOR") else None
    try:
        code = group.main(argv, prog_name="holdfast", standalone_mode=False, color=color)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except HoldfastError as error:
        complain(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except Exception:
        traceback.print_exc()
        click.echo(
            "hint: this is a defect in Holdfast; please report it with the lines above", err=True
        )
        return DEFECT
    return code if isinstance(code, int) else 0
