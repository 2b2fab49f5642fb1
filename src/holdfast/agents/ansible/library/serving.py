#!/usr/bin/python3
"""Waits until clients of this host are led to a primary of every datastore, or says what is amiss.

- serving:
    socket: /run/holdfast/steward.sock
    datastores: [accounts]
    seconds: 60
"""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

PAUSE_S = 0.2
ANSWER_S = 5


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "socket": {"type": "str", "required": True},
            "datastores": {"type": "list", "elements": "str", "required": True},
            "seconds": {"type": "float", "default": 60.0},
        },
        supports_check_mode=False,
    )
    deadline = time.monotonic() + module.params["seconds"]
    missing = lacking(module.params["socket"], module.params["datastores"])
    while missing and time.monotonic() < deadline:
        time.sleep(PAUSE_S)
        missing = lacking(module.params["socket"], module.params["datastores"])
    if missing:
        module.fail_json(msg="; ".join(missing))
    module.exit_json(changed=False)


def lacking(path: str, datastores: list[str]) -> list[str]:
    """What is still to come, in words."""
    try:
        status = ask(path)
    except (OSError, ValueError) as error:
        return [f"the steward does not answer: {error}"]
    if not status["view"]["quorate"]:
        return [f"no quorum: only {', '.join(status['view']['members']) or 'nobody'} is here"]
    known = status["datastores"]
    return [
        f"{name} has no primary yet ({known[name]['phase'] if name in known else 'unknown'})"
        for name in datastores
        if name not in known or known[name]["routed"] is None
    ]


def ask(path: str) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as steward:
        steward.settimeout(ANSWER_S)
        steward.connect(path)
        steward.sendall(b'{"verb": "status"}\n')
        with steward.makefile() as answers:
            status: dict[str, Any] = json.loads(answers.readline())
    return status


if __name__ == "__main__":
    main()
