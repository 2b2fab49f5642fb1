"""Says what a playbook does as JSON, one object a line, for programs that read along."""

from __future__ import annotations

import json
import sys
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "lines"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        _say(event="task", task=task.get_name())

    def v2_runner_on_ok(self, result: Any) -> None:
        _say(event="ok", **_result(result))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            _say(event="failed", **_result(result))

    def v2_runner_item_on_failed(self, result: Any) -> None:
        _say(event="failed", **_result(result))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        _say(event="unreachable", **_result(result))


def _result(result: Any) -> dict[str, Any]:
    said = result._result
    kept = {key: said[key] for key in ("msg", "stdout", "stderr", "diff", "steps") if key in said}
    return {
        "task": result._task.get_name(),
        "host": result._host.get_name(),
        "changed": bool(said.get("changed")),
        **kept,
    }


def _say(**words: Any) -> None:
    sys.stdout.write(json.dumps(words, default=str) + "\n")
    sys.stdout.flush()
