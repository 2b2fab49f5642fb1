"""Looks on from a node while another one has no power; standalone, Python's own library only.

    python3 -m onlooker LOOK.json LINES.jsonl

LOOK.json: {"probes": [{"name", "address", "port", "path", "period", "deadline"}]}, in seconds.
Each line of LINES.jsonl is a line of a timeline, on this node's clock. Ends with SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

from .rules import follow_rules
from .service import ask_on_schedule

FLUSH_S = 0.5


def main() -> None:
    look = json.loads(Path(sys.argv[1]).read_text())
    with Path(sys.argv[2]).open("w", encoding="utf-8") as file:
        asyncio.run(look_on(look, file))


async def look_on(look: dict[str, list[dict[str, object]]], file: TextIO) -> None:
    """Until told to end."""
    base = time.time() - time.monotonic()

    def keep(line: dict[str, object]) -> None:
        file.write(json.dumps(line) + "\n")

    def clock() -> float:
        return base + time.monotonic()

    work = [asyncio.create_task(ask_on_schedule(each, clock, keep)) for each in look["probes"]]
    work.append(asyncio.create_task(follow_rules(clock, keep)))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    while not ended.is_set():
        await asyncio.sleep(FLUSH_S)
        file.flush()
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)


if __name__ == "__main__":
    main()
