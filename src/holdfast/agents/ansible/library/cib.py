#!/usr/bin/python3
"""Makes pacemaker's configuration what was rendered; once for all hosts, when there is a quorum.

    - cib:
        path: /etc/holdfast/pacemaker/cib.xml

Its sections replace those that run, in one piece. Left alone: what is said of nodes, such as
standby, and cluster options that the rendered file does not name.
"""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from copy import deepcopy
from pathlib import Path
from typing import TypeAlias

from ansible.module_utils.basic import AnsibleModule

Tree: TypeAlias = "ET.Element[str]"

OURS = ("resources", "constraints", "rsc_defaults")
OPTIONS = "crm_config"
LONGEST_S = 90.0
_PAUSE_S = 0.2


def main() -> None:
    module = AnsibleModule(
        argument_spec={"path": {"type": "path", "required": True}}, supports_check_mode=True
    )
    running = query(module, 0.0 if module.check_mode else LONGEST_S)
    if running is None:
        if module.check_mode:
            module.exit_json(changed=True)
        module.fail_json(msg="pacemaker has no quorum, or does not answer: see crm_mon -1")
        return
    path = Path(module.params["path"])
    if module.check_mode and not path.exists():
        module.exit_json(changed=True)
    wanted = merged(running, ET.parse(path).getroot()[0])
    before, after = spelt(running), spelt(wanted)
    if before != after and not module.check_mode:
        replace(module, wanted)
    module.exit_json(changed=before != after, diff={"before": before, "after": after})


def query(module: AnsibleModule, patience_s: float) -> Tree | None:
    """The configuration that runs; None when nobody with a quorum tells it in time."""
    deadline = time.monotonic() + patience_s
    while True:
        code, said, _ = module.run_command(["cibadmin", "--query"])
        if code == 0:
            cib = ET.fromstring(said)
            if cib.get("have-quorum") == "1" and cib.get("dc-uuid"):
                return cib.find("configuration")
        if time.monotonic() >= deadline:
            return None
        time.sleep(_PAUSE_S)


def merged(running: Tree, rendered: Tree) -> Tree:
    """What runs, with our sections in place of its own."""
    result = deepcopy(running)
    for name in OURS:
        old, new = result.find(name), rendered.find(name)
        if new is not None:
            if old is None:
                result.append(deepcopy(new))
            else:
                result[list(result).index(old)] = deepcopy(new)
    here, there = result.find(OPTIONS), rendered.find(OPTIONS)
    if here is not None and there is not None:
        options(here, there)
    return result


def options(running: Tree, rendered: Tree) -> None:
    """Ours replace those of the same set and of the same name; others stay."""
    sets = {each.get("id") for each in rendered}
    names = {pair.get("name") for each in rendered for pair in each}
    for each in list(running):
        if each.get("id") in sets:
            running.remove(each)
            continue
        for pair in [pair for pair in each if pair.get("name") in names]:
            each.remove(pair)
    running.extend(deepcopy(list(rendered)))


def spelt(tree: Tree) -> str:
    """Equal for equal configurations."""
    plain = ET.canonicalize(ET.tostring(tree, encoding="unicode"), strip_text=True)
    return plain.replace("><", ">\n<") + "\n"


def replace(module: AnsibleModule, wanted: Tree) -> None:
    text = ET.tostring(wanted, encoding="unicode")
    command = ["cibadmin", "--replace", "--scope=configuration", "--xml-pipe"]
    code, _, err = module.run_command(command, data=text)
    if code != 0:
        module.fail_json(msg=f"cibadmin: {err.strip()}")


if __name__ == "__main__":
    main()
