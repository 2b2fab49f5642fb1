"""What the documents show is true of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast.cli.main import VERBS
from holdfast.finding import Severity
from holdfast.lab.place import Lab
from holdfast.plan import rules
from holdfast.spec.load import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
READMES = (ROOT / "README.md", ROOT / "README.zh.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        assert "://" in link or (page.parent / link).exists(), link


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_every_verb_is_told(readme: Path) -> None:
    told = set(re.findall(r"^\| `holdfast (\w+)", readme.read_text(), re.M))
    assert told == VERBS.keys()


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_the_spec_shown_is_short_and_good(readme: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", readme.read_text(), re.S)
    assert shown is not None and shown[1].count("\n") < 15
    system = parse(shown[1].encode(), readme.name).system
    lab = Lab.here().inventory()
    assert all(each.severity is Severity.NOTE for each in rules.findings(system, lab))


def test_both_readmes_show_the_same_spec() -> None:
    specs = [re.findall(r"```yaml\n(.*?)```", page.read_text(), re.S) for page in READMES]
    assert specs[0] == specs[1]
