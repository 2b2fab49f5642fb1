"""Ships a host's rendered files: packs hosts/<host>/ and what is known about each file.

    - tree:
        root: "{{ playbook_dir }}/hosts/{{ inventory_hostname }}"
        manifest: "{{ playbook_dir }}/manifests/{{ inventory_hostname }}.json"

The manifest is a JSON list of {path, mode, owner, secret, restarts, reloads}; the module of the
same name does the rest on the host.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

LEFT_OUT = "(left out:"
"""How a rendering without secrets marks the place of one."""


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = True
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"root", "manifest"})

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            archive = pack(Path(self._task.args["root"]), Path(self._task.args["manifest"]))
        except (KeyError, OSError, ValueError) as error:
            raise AnsibleActionFail(f"the rendered files cannot be read: {error!r}") from error
        done = self._execute_module(
            module_name="tree", module_args={"archive": archive}, task_vars=task_vars
        )
        result.update(done)
        return result


def pack(root: Path, manifest: Path) -> str:
    """All files with their content, compressed, as text. Raises ValueError where a secret is left
    out."""
    files = json.loads(manifest.read_text(encoding="utf-8"))
    for file in files:
        file["content"] = (root / file["path"].lstrip("/")).read_text(encoding="utf-8")
        if file["secret"] and file["content"].startswith(LEFT_OUT):
            raise ValueError("rendered without secrets; use `holdfast render --with-secrets`")
    return base64.b64encode(zlib.compress(json.dumps(files).encode())).decode()
