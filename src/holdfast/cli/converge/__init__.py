"""holdfast converge: how long things take to be well again, and why."""

from __future__ import annotations

import click

from holdfast.cli.verbs import Verbs


class Converge(Verbs):
    verbs = {  # noqa: RUF012 (see Verbs)
        "measure": ("holdfast.cli.converge.measure", "Cut a node's power, watch, and explain."),
        "explain": ("holdfast.cli.converge.explain", "Show what kept cuts were made up of."),
        "import": ("holdfast.cli.converge.importing", "Read the timers of files you have."),
        "compare": ("holdfast.cli.converge.compare", "Put profiles and designs side by side."),
        "predict": (
            "holdfast.cli.converge.predict",
            "Say from the timers how long it will take, and why.",
        ),
        "validate": ("holdfast.cli.converge.validate", "Hold the prediction against kept runs."),
        "tune": ("holdfast.cli.converge.tune", "Find the timers to change, and what it buys."),
    }


@click.group("converge", cls=Converge)
def command() -> None:
    """How a Kubernetes cluster comes back after one of its nodes has lost power."""
