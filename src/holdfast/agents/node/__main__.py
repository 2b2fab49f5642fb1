"""`python3 -m agents.node`: run the node agent on this host."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import main
from .config import DEFAULT, load


def entry(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="node", description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT)
    given = parser.parse_args(argv)
    try:
        return main.run(load(given.config))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"node: {error!r}", file=sys.stderr)
        return main.FAILED


if __name__ == "__main__":
    sys.exit(entry(sys.argv[1:]))
