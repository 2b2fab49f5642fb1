"""holdfast converge import, as its users meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.cli.main import run
from holdfast.converge.imported.block import timers_of
from holdfast.timers.cluster.model import ClusterTimers

CASES = Path(__file__).parents[2] / "cases/imported"
QUESTION = sorted(str(path) for path in (CASES / "question-local").iterdir())


def test_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["converge", "import", *QUESTION, "--release", "kubernetes=1.17"]) == 0
    shown = capsys.readouterr().out
    assert "calls: at most 210 s\n     210 s  haproxy's checks: inter 60s fall 3" in shown
    assert "haproxy.cfg:33" in shown
    assert "instead: inter 300ms, fastinter 100ms, fall 2, timeout connect 300ms" in shown
    assert "default of etcd" in shown


def test_data_is_for_predict_too(capsys: pytest.CaptureFixture[str]) -> None:
    run(["converge", "import", *QUESTION, "--json"])
    data = json.loads(capsys.readouterr().out)
    timers = ClusterTimers.model_validate(data["timers"])
    assert (timers.haproxy.inter_ms, timers.haproxy.fall) == (60_000, 3)
    values = {value["name"]: value for value in data["values"]}
    assert values["haproxy.inter_ms"]["line"] == 33
    assert values["etcd.election_ms"]["origin"] == "default of etcd 3.5"
    assert data["tails"][0]["dominant"].startswith("inter 60s fall 3")
    assert {finding["code"] for finding in data["findings"]} >= {"slow-checks", "retries-same"}
    assert data["releases"]["kubernetes"] == "1.36"


def test_endless_waits_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    run(["converge", "import", str(CASES / "question-outside/nginx.conf"), "--json"])
    data = json.loads(capsys.readouterr().out)
    assert data["tails"][0]["seconds"] is None


def test_machines_beside_a_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    corosync = str(CASES / "pacemaker/corosync.conf")
    run(["converge", "import", *QUESTION, corosync, "--json"])
    data = json.loads(capsys.readouterr().out)
    assert "etcd" in data["timers"] and data["machines"]["corosync"]["token_ms"] == 5000


def test_a_block_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "timers.yaml"
    run(["converge", "import", *QUESTION, "-o", str(output)])
    text = output.read_text()
    timers = timers_of(text, "timers.yaml")
    assert isinstance(timers, ClusterTimers) and timers.haproxy.inter_ms == 60_000
    assert "haproxy.cfg:33: inter 60s fall 3" in text
    assert f"wrote {output}" in capsys.readouterr().err


def test_predict_takes_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both forms, and one answer: haproxy's checks decide when no new call fails any more."""
    answers = []
    for name in ("timers.yaml", "timers.json"):
        output = tmp_path / name
        run(["converge", "import", *QUESTION, "-o", str(tmp_path / "timers.yaml"), "--json"])
        (tmp_path / "timers.json").write_text(capsys.readouterr().out)
        assert (
            run(["converge", "predict", "--timers", str(output), "--draws", "500", "--json"]) == 0
        )
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0]["waits"] == answers[1]["waits"]
    assert "haproxy.inter_ms" in json.dumps(answers[0])


def test_machines_can_be_predicted_from_a_block(tmp_path: Path) -> None:
    output = str(tmp_path / "timers.yaml")
    run(["converge", "import", str(CASES / "pacemaker/corosync.conf"), "-o", output])
    assert run(["converge", "predict", "--timers", output, "--draws", "500"]) == 0


def test_defaults_are_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    run(["converge", "import", *QUESTION])
    assert "kubelet.lease_s" not in capsys.readouterr().out
    run(["converge", "import", *QUESTION, "--all"])
    assert "default of kubernetes 1.36: pkg/kubelet" in capsys.readouterr().out


def test_objectives_decide_what_is_slow(capsys: pytest.CaptureFixture[str]) -> None:
    long = ["--objective", "calls=5m", "--objective", "pod=10m", "--release", "kubernetes=1.17"]
    assert run(["converge", "import", *QUESTION, *long]) == 0
    assert "slow-" not in capsys.readouterr().out


def test_errors_in_good_files_exit_with_1() -> None:
    assert run(["converge", "import", str(CASES / "pacemaker/cib.xml")]) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--release", "kubernets=1.30"], "try corosync"),
        (["--release", "kubernetes=new"], "no version"),
        (["--release", "kubernetes"], "NAME=VALUE"),
        (["--objective", "cals=2s"], "known are calls"),
        (["--objective", "calls=soon"], "2s or 500ms"),
        (["-o", "no/such/folder/x.yaml"], "cannot be written"),
    ],
)
def test_wrong_options(more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["converge", "import", *QUESTION, *more]) == 2
    assert said in capsys.readouterr().err


def test_a_broken_file_is_said_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text("defaults\n    timeout connect ten\n")
    assert run(["converge", "import", str(path)]) == 2
    shown = capsys.readouterr()
    assert f"{path}:2: error: timeout connect: 'ten' is no duration" in shown.err
    assert "hint: " in shown.err and not shown.out
