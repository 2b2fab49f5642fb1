"""Looking for a lost node: does its host answer at all, and what does its BMC say.

One thread per lost node, for as long as it is lost.
"""

from __future__ import annotations

import base64
import errno
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from .config import Bmc, Node, Timers
from .protocol import Event, Knocked, Powered

Tell = Callable[[Event], None]

_SILENCE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ETIMEDOUT}
"""What the kernel says of a host that nobody answers for. Any other error came from the host."""


def answers(address: str, port: int, timeout_s: float) -> bool:
    """Whether anybody is there: that the door is shut is an answer, too."""
    try:
        socket.create_connection((address, port), timeout_s).close()
    except TimeoutError:
        return False
    except OSError as error:
        return error.errno not in _SILENCE
    return True


def powered(bmc: Bmc, timeout_s: float) -> bool | None:
    """None when the BMC does not say: it may have lost its power as well."""
    url = urlsplit(bmc.url)
    trust = ssl.create_default_context(cafile=bmc.ca or None)
    line = http.client.HTTPSConnection(
        url.hostname or "", url.port, timeout=timeout_s, context=trust
    )
    try:
        account = f"{bmc.user}:{Path(bmc.password).read_text().strip()}"
        word = base64.b64encode(account.encode()).decode()
        line.request("GET", url.path, headers={"Authorization": f"Basic {word}"})
        answer = line.getresponse()
        said = json.loads(answer.read()) if answer.status == http.client.OK else {}
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()
    # PoweringOff and PoweringOn are neither (DSP0268, Resource.PowerState).
    return {"On": True, "Off": False}.get(said.get("PowerState", ""))


class Watcher:
    """`tell` is called by its threads."""

    def __init__(self, node: Node, port: int, timers: Timers, tell: Tell) -> None:
        self._node, self._port, self._timers, self._tell = node, port, timers, tell
        self._over = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._knock, daemon=True).start()
        if self._node.bmc is not None:
            threading.Thread(target=self._ask, args=(self._node.bmc,), daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def _knock(self) -> None:
        """So many in a row unanswered are silence; one answer ends it."""
        every_s, timeout_s = (
            self._timers.knock_every_ms / 1000,
            self._timers.knock_timeout_ms / 1000,
        )
        unanswered, told = 0, None
        while not self._over.is_set():
            begun = time.monotonic()
            heard = answers(self._node.address, self._port, timeout_s)
            unanswered = 0 if heard else unanswered + 1
            silent = unanswered >= self._timers.knocks
            if (heard or silent) and told != silent:
                told = silent
                self._say(Knocked(self._node.name, silent))
            self._over.wait(max(0.0, begun + every_s - time.monotonic()))

    def _ask(self, bmc: Bmc) -> None:
        every_s = self._timers.bmc_every_ms / 1000
        while not self._over.is_set():
            on = powered(bmc, every_s)
            # No answer is no news of being on, but takes back that it was off.
            self._say(Powered(self._node.name, on is False))
            self._over.wait(every_s)

    def _say(self, event: Event) -> None:
        if not self._over.is_set():
            self._tell(event)
