"""The node agent as it lies on a node: what is shipped is enough, and reads what is rendered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.cluster.conftest import planned

from holdfast.agents.node.config import parse
from holdfast.cluster.credentials import placeholder
from holdfast.cluster.node_agent import CONFIG
from holdfast.cluster.render import render
from holdfast.platforms.machines.gather import node_agent
from holdfast.timers.cluster.profiles import PROFILES


def test_it_starts_without_anything_of_ours(tmp_path: Path) -> None:
    for path, source in node_agent().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(source.content)
    argv = [sys.executable, "-B", "-S", "-m", "agents.node", "--help"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_reads_its_configuration() -> None:
    plan = planned(node_agent=True)
    made = render(plan, placeholder(plan), {})
    text = next(file.content for file in made.on("n2") if file.path == CONFIG)
    config = parse(json.loads(text))
    assert (config.host, config.settings.nodes) == ("n2", ("n1", "n2", "n3"))
    assert config.door.address == config.node("n2").address


def test_the_margin_covers_what_it_is_for() -> None:
    """Noticing (2.1 tokens), an agent started anew, and containers killed twice."""
    for timers in PROFILES.values():
        token_ms = timers.corosync.token_ms + 3 * timers.corosync.token_coefficient_ms
        assert timers.node_agent.margin_ms > 2.1 * token_ms + timers.systemd.restart_ms + 2000
