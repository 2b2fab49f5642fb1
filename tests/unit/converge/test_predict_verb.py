"""The verb: what it takes, what it prints, and what it says of wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.cli.main import run
from holdfast.timers.cluster.profiles import FAST
from holdfast.timers.profiles import STOCK

QUICK = ["converge", "predict", "--draws", "500"]
CLUSTER = """
system: kube
cluster: {timers: {profile: legacy, values: {apiserver.unreachable_s: 60}}}
"""


def test_people_see_every_wait_and_the_timer_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*QUICK, "--timers", "legacy"]) == 0
    shown = capsys.readouterr().out
    assert "the balancer gives the dead one up" in shown
    assert "haproxy.inter_ms=60000" in shown


def test_a_page_needs_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    outside = ["--timers", "legacy", "--endpoint", "outside", "--balancer", "nginx"]
    assert run([*QUICK, *outside, "--page", str(page)]) == 0
    shown = page.read_text()
    assert shown.count("<svg") > 5
    assert "its pod is tolerated" in shown
    assert not any(word in shown for word in ("<script", "http:", "https:", "nan", "inf<"))


def test_programs_get_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*QUICK, "--timers", "stock", "--platform", "machines", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["waits"]) == ["write", "service", "edge"]
    assert told["waits"]["write"]["seconds"]["p50"] > 7


def test_what_never_comes_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    outside = ["--timers", "legacy", "--endpoint", "outside", "--balancer", "nginx"]
    assert run([*QUICK, *outside, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["waits"]["calls"]["seconds"]["p50"] is None


def test_a_spec_says_it_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "holdfast.yaml"
    spec.write_text(CLUSTER)
    assert run([*QUICK, "-f", str(spec)]) == 0
    assert "apiserver.unreachable_s=60" in capsys.readouterr().out


@pytest.mark.parametrize("timers", [FAST, STOCK], ids=["cluster", "machines"])
def test_timers_may_come_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], timers: object
) -> None:
    path = tmp_path / "timers.json"
    path.write_text(timers.model_dump_json())  # type: ignore[attr-defined]
    assert run([*QUICK, "--timers", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"].startswith(timers.profile)  # type: ignore[attr-defined]


def test_imported_timers_may_be_predicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "haproxy.cfg").write_text(
        "defaults\n  mode tcp\n  timeout connect 10s\nbackend apis\n"
        "  default-server inter 60s fall 3 rise 3\n  server a 10.0.0.1:6443 check\n"
        "  server b 10.0.0.2:6443 check\n  server c 10.0.0.3:6443 check\n"
    )
    flags = "kube-controller-manager --leader-elect-lease-duration=15s\n"
    (tmp_path / "flags.txt").write_text(flags)
    files = [str(tmp_path / name) for name in ("haproxy.cfg", "flags.txt")]
    block = tmp_path / "timers.yaml"
    assert run(["converge", "import", *files, "-o", str(block)]) in (0, 1)
    capsys.readouterr()
    assert run([*QUICK, "--timers", str(block)]) == 0
    assert "haproxy.inter_ms=60000" in capsys.readouterr().out


def test_the_pace_of_another_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pace.json"
    path.write_text('{"run": {"p50": 40, "p90": 50}}')
    assert run([*QUICK, "--timers", "fast", "--pace", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["waits"]["pod"]["seconds"]["p50"] > 40


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--timers", "slow"], "no profile slow"),
        (["--timers", "nowhere.json"], "cannot be read"),
        (["--timers", "nowhere.yaml"], "cannot be read"),
        (["--timers", "fast", "--balancer", "nginx"], "--endpoint outside"),
        (["--timers", "fast", "--led", "etcd,dns"], "dns"),
        (["--timers", "fast", "--platform", "machines", "--endpoint", "outside"], "no endpoint"),
        (["-f", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_wrong_input_is_said(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*QUICK, *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "to be JSON"),
        ("[]", "no JSON object"),
        ('{"etcd": {}}', "Field required"),
        ('{"timers": 3}', "no timers"),
    ],
)
def test_a_broken_file_is_said(
    tmp_path: Path, text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "timers.json"
    path.write_text(text)
    assert run([*QUICK, "--timers", str(path)]) == 2
    assert words in capsys.readouterr().err
