"""The command as its users meet it: what goes where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.cli.main import run

MAIN = (sys.executable, "-c", "from holdfast.cli.main import main; main()")

HEAVY = ("ansible", "asyncssh", "cryptography", "httpx2", "jinja2", "psycopg", "rich")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_init_then_check() -> None:
    assert run(["init"]) == 0
    assert run(["check", "--strict"]) == 0


def test_init_overwrites_only_by_force(capsys: pytest.CaptureFixture[str]) -> None:
    Path("holdfast.yaml").write_text("precious")
    assert run(["init"]) == 2
    assert "--force" in capsys.readouterr().err
    assert Path("holdfast.yaml").read_text() == "precious"
    assert run(["init", "--force"]) == 0
    assert run(["check"]) == 0


def test_init_where_nobody_can_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "-f", "no/such/folder.yaml"]) == 3
    assert "cannot write" in capsys.readouterr().err


def test_findings_are_data_and_the_summary_is_talk(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text("system: shop\ntimers: fats\n")
    assert run(["check", "-f", "bad.yaml"]) == 2
    shown = capsys.readouterr()
    assert shown.out == (
        "bad.yaml:2:9: error: timers.profile: 'fats' is not understood [spec-value]\n"
        "    hint: did you mean 'fast'? write stock or balanced or fast\n"
    )
    assert shown.err == "bad.yaml: 1 error, no warnings, no notes\n"


def test_warnings_fail_only_the_strict(capsys: pytest.CaptureFixture[str]) -> None:
    Path("holdfast.yaml").write_text("system: a\nservices: {a: {run: x, port: 8000}}\n")
    assert run(["check"]) == 0
    assert run(["check", "--strict"]) == 1
    assert "warning: no route leads to any service" in capsys.readouterr().out


def test_folders_are_looked_for_beside_the_spec(capsys: pytest.CaptureFixture[str]) -> None:
    Path("sub/schema").mkdir(parents=True)
    for name in ("1_a.sql", "01_b.sql", "c.sql"):
        Path("sub/schema", name).touch()
    Path("sub/empty").mkdir()
    Path("sub/s.yaml").write_text(
        "system: a\n"
        "datastores:\n"
        "  a: {engine: postgresql, schema: schema}\n"
        "  b: {engine: postgresql, schema: empty}\n"
        "  c: {engine: postgresql, schema: nothing}\n"
        "services: {a: {run: x, port: 8000, source: nowhere}}\n"
    )
    assert run(["check", "-f", "sub/s.yaml", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["code"], one["line"]) for one in found if one["code"].startswith("folders-")] == [
        ("folders-number", 3),
        ("folders-twice", 3),
        ("folders-empty", 4),
        ("folders-missing", 5),
        ("folders-missing", 6),
    ]


def test_check_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    Path("holdfast.yaml").write_text("system: 5\n")
    assert run(["check", "--json"]) == 2
    data = json.loads(capsys.readouterr().out)
    assert (data["file"], data["errors"], data["warnings"]) == ("holdfast.yaml", 1, 0)
    (finding,) = data["findings"]
    assert (finding["code"], finding["line"], finding["column"]) == ("spec-type", 1, 9)
    assert finding["path"] == ["system"]


def test_schema_is_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "System"


def test_unknown_verbs_are_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["chekc"]) == 2
    assert "holdfast --help" in capsys.readouterr().err


@pytest.mark.parametrize("spec", ["missing.yaml", ".", "/dev/null", "latin.yaml", "bomb.yaml"])
def test_bad_files_give_no_traceback(spec: str) -> None:
    Path("latin.yaml").write_bytes(b"system: caf\xe9\n")
    Path("bomb.yaml").write_text("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    done = _holdfast("check", "-f", spec)
    assert done.returncode == 2
    assert "error:" in done.stdout
    assert "hint:" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_no_colours_where_nobody_sees_them() -> None:
    assert "\x1b" not in _holdfast("check").stdout


def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*MAIN, "schema"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.stderr == ""


def test_shells_can_complete() -> None:
    script = _holdfast(environ={"_HOLDFAST_COMPLETE": "bash_source"})
    assert "_holdfast_completion" in script.stdout
    words = {"_HOLDFAST_COMPLETE": "bash_complete", "COMP_WORDS": "holdfast s", "COMP_CWORD": "1"}
    verbs = [line.removeprefix("plain,") for line in _holdfast(environ=words).stdout.splitlines()]
    assert verbs == ["schema", "status", "switchover"]


def test_help_imports_no_machinery() -> None:
    assert _imported("--help", ("pydantic", "yaml", "asyncio", *HEAVY)) == []


def test_check_imports_no_machinery() -> None:
    assert _imported("check", HEAVY) == []


def _imported(verb: str, modules: tuple[str, ...]) -> list[str]:
    """Which of the modules the verb has loaded, as a process of its own says."""
    program = (
        "import json, sys\n"
        "from holdfast.cli.main import run\n"
        f"run([{verb!r}])\n"
        f"print(json.dumps([one for one in {modules!r} if one in sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    last: list[str] = json.loads(done.stderr.splitlines()[-1])
    return last


def _holdfast(
    *argv: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MAIN, *argv],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environ or {})},
    )
