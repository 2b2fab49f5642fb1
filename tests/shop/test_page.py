"""The page: both languages say everything, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "examples" / "shop" / "services" / "front" / "page"
SCRIPT = (PAGE / "page.js").read_text()
HTML = (PAGE / "index.html").read_text()


def words(language: str) -> dict[str, str]:
    block = re.search(rf"^  {language}: \{{\n(.*?)^  \}},", SCRIPT, re.M | re.S)
    assert block is not None
    return dict(re.findall(r"^    '([^']+)': '([^']*)',$", block[1], re.M))


def test_both_languages_say_the_same_things() -> None:
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    for word, text in english.items():
        placeholders = re.findall(r"\{\w+\}", text)
        assert sorted(placeholders) == sorted(re.findall(r"\{\w+\}", chinese[word])), word


def test_the_page_says_only_words_that_exist() -> None:
    assert set(re.findall(r'data-say="([^"]+)"', HTML)) <= words("en").keys()


@pytest.mark.parametrize("file", sorted(PAGE.iterdir()), ids=lambda file: file.name)
def test_nothing_comes_from_elsewhere_or_escapes_the_policy(file: Path) -> None:
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")
    assert "//" not in re.sub(r"^\s*// .*$|; // .*$|  ?// .*$", "", text, flags=re.M)
    assert not re.search(r"innerHTML|style=|onclick|<script>", text)
