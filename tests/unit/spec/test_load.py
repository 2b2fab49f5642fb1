"""Bad files: each names the line, the mistake and what to write instead; nothing else escapes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import InputError
from holdfast.finding import Finding, Severity
from holdfast.spec.load import MAX_BYTES, load, parse
from holdfast.spec.tree import MAX_DEPTH

SMALLEST = "system: shop\ndatastores:\n  accounts: {engine: postgresql}\n"

SHAPES = {
    "empty": ("", "file-empty", "", "holdfast init"),
    "comments only": ("# nothing\n", "file-empty", "", "holdfast init"),
    "a list": ("- a\n", "file-mapping", "", "system: <name>"),
    "a word": ("hello\n", "file-mapping", "", "system: <name>"),
    "open bracket": ("system: [\n", "yaml-syntax", "2:1", "brackets"),
    "colon in text": ("system: a: b\n", "yaml-syntax", "1:10", "quote"),
    "tab": ("system: shop\nedge:\n\ttls: 1\n", "yaml-syntax", "3:1", "spaces"),
    "control character": ("system: shop\na: \x07\n", "yaml-syntax", "2", "line"),
    "two documents": ("system: a\n---\nsystem: b\n", "yaml-documents", "2:1", "two files"),
    "duplicate key": ("system: a\nsystem: b\n", "yaml-duplicate", "2:1", "line 1"),
    "alias bomb": (
        "operators: &a [x]\nsystem: [*a, *a]\n",
        "yaml-alias",
        "1:12",
        "write the value out",
    ),
    "tag": ("system: !!python/object:os.system x\n", "yaml-tag", "1:9", "remove it"),
    "list as key": ("system: a\n? [a]\n: b\n", "yaml-key", "2:3", "key: value"),
    "too deep": ("a: " + "[" * 50_000, "yaml-depth", f"1:{3 + MAX_DEPTH}", "brackets"),
}


@pytest.mark.parametrize(("text", "code", "place", "hint"), SHAPES.values(), ids=SHAPES.keys())
def test_what_is_no_spec(text: str, code: str, place: str, hint: str) -> None:
    finding = _refused(text)[0]
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert str(finding.where) == ("f.yaml:" + place).rstrip(":")
    assert hint in finding.hint


VALUES = {
    "unknown key": ("sytem: shop", "spec-unknown-key", "4:1", "did you mean 'system'?"),
    "unknown nested key": (
        "edge: {tls: {name: [a]}}",
        "spec-unknown-key",
        "4:14",
        "did you mean 'names'?",
    ),
    "missing key": ("gateway: {routes: [{path: /}]}", "spec-missing-key", "4:20", "add 'service"),
    "not a name": ("services: {Shop: {run: x, port: 8000}}", "spec-value", "4:12", "lower-case"),
    "no is a word": ("hosts: [{fence: {lab: no}}]", "spec-type", "4:23", "write true or false"),
    "010 is not 8": ("hosts: [{ssh: {port: 010}}]", "spec-type", "4:22", "no leading zero"),
    "22:22 is text": ("hosts: [{ssh: {port: 22:22}}]", "spec-type", "4:22", "digits only"),
    "quoted number": ("hosts: [{ssh: {port: '22'}}]", "spec-type", "4:22", "no quotes"),
    "fraction": ("hosts: [{ssh: {port: 22.5}}]", "spec-type", "4:22", "no fraction"),
    "number as text": ("hosts: [{interface: 5}]", "spec-type", "4:21", "put it in quotes"),
    "true is not 1": ("hosts: [{ssh: {port: true}}]", "spec-type", "4:22", "digits only"),
    "too large": ("hosts: [{ssh: {port: 70000}}]", "spec-range", "4:22", "another number"),
    "empty section": ("edge:", "spec-type", "4:6", "key: value"),
    "list for mapping": ("services: []", "spec-type", "4:1", "indented below"),
    "text for list": ("operators: 10.0.0.1", "spec-type", "4:12", "'- '"),
    "not an address": ("hosts: [{address: 10.0.0.300}]", "spec-value", "4:19", "0 to 255"),
    "not a network": ("operators: [10.0.0.1/8]", "spec-value", "4:13", "10.0.0.0/24"),
    "not a duration": ("objectives: {outage: {edge: 1h}}", "spec-value", "4:29", "300ms"),
    "no time at all": ("objectives: {outage: {edge: 0}}", "spec-range", "4:29", "another number"),
    "not a size": ("objectives: {memory_per_host: 5MB}", "spec-value", "4:31", "512MiB"),
    "unknown choice": ("timers: fats", "spec-value", "4:9", "did you mean 'fast'?"),
    "line break": (
        'services: {a: {port: 8000, run: "a\\nb"}}',
        "spec-value",
        "4:33",
        "one line",
    ),
}


@pytest.mark.parametrize(("line", "code", "place", "hint"), VALUES.values(), ids=VALUES.keys())
def test_what_a_value_may_not_be(line: str, code: str, place: str, hint: str) -> None:
    found = {str(one.where): one for one in _refused(SMALLEST + line) if one.code == code}
    assert hint in found[f"f.yaml:{place}"].hint


def test_all_mistakes_at_once_in_the_order_of_the_file() -> None:
    lines = [one.where.line for one in _refused("sistem: a\nsystem: B\ntimers: x\nedge: 1\n")]
    assert lines == [1, 2, 3, 4]


def test_a_refused_value_is_not_complained_about_twice() -> None:
    codes = [one.code for one in _refused(SMALLEST + "edge: &edge {adresses: 5}\n")]
    assert codes == ["yaml-alias"]


def test_the_smallest_spec() -> None:
    system = parse(SMALLEST.encode(), "f.yaml").system
    assert list(system.datastores) == ["accounts"]


def test_text_stays_text() -> None:
    text = SMALLEST + "services: {a: {run: 'no', port: 8000, source: 22.04, needs: []}}\n"
    finding = _refused(text)[0]
    assert finding.message == "services.a.source must be text, not 22.04"


def test_units() -> None:
    text = SMALLEST + "objectives: {outage: {edge: 300ms, write: 2m}, memory_per_host: 2GiB}\n"
    objectives = parse(text.encode(), "f.yaml").system.objectives
    assert (objectives.outage.edge, objectives.outage.write) == (0.3, 120)
    assert objectives.memory_per_host == 2 << 30


def test_byte_order_mark_is_no_mistake() -> None:
    assert parse(b"\xef\xbb\xbf" + SMALLEST.encode(), "f.yaml").system.system == "shop"


def test_not_utf8() -> None:
    with pytest.raises(InputError) as caught:
        parse(b"system: shop\n# caf\xe9\n", "f.yaml")
    assert [(one.code, str(one.where)) for one in caught.value.findings] == [
        ("file-encoding", "f.yaml:2:6")
    ]


def test_too_large() -> None:
    with pytest.raises(InputError) as caught:
        parse(b"#" * (MAX_BYTES + 1), "f.yaml")
    assert caught.value.findings[0].code == "file-size"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "", "pipe", "missing/file"):
        with pytest.raises(InputError) as caught:
            load(tmp_path / name)
        assert caught.value.findings[0].code == "file-unreadable"


def test_marks_lead_to_values(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(SMALLEST)
    tree = load(tmp_path / "f.yaml").tree
    assert tree.where(("datastores", "accounts", "engine")).line == 3
    assert tree.where(("datastores", "accounts", "memory")).line == 3
    assert tree.where(("hosts", 0, "address")).line == 1


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode())))
def test_nothing_but_findings_escapes(content: bytes) -> None:
    _loads_or_explains(content)


@given(st.data())
def test_a_damaged_example_loads_or_explains(data: st.DataObject) -> None:
    lines = (SMALLEST + "edge: {addresses: [10.0.0.1]}\ntimers: fast\n").split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.sampled_from(["", "  " + lines[at], lines[at] + "x", lines[at] * 2, "- " + lines[at]])
    )
    _loads_or_explains("\n".join(lines).encode())


def _loads_or_explains(content: bytes) -> None:
    try:
        parse(content, "f.yaml")
    except InputError as error:
        assert error.findings
        for finding in error.findings:
            assert finding.message
            assert finding.hint
            assert finding.where.file == "f.yaml"


def _refused(text: str) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as caught:
        parse(text.encode(), "f.yaml")
    return caught.value.findings
