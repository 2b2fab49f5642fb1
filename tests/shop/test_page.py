"""The page: both languages say everything, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "examples" / "shop" / "services" / "front" / "page"
WORDS = (PAGE / "words.js").read_text()
HTML = (PAGE / "index.html").read_text()
SCRIPTS = {file.stem: file.read_text() for file in PAGE.glob("*.js")}


def words(language: str) -> dict[str, str]:
    block = re.search(rf"^  {language}: \{{\n(.*?)^  \}},", WORDS, re.M | re.S)
    assert block is not None
    return dict(re.findall(r"^    '([^']+)': '([^']*)',$", block[1], re.M))


def said() -> set[str]:
    """Every word that the document or a script asks for by its name."""
    named = set(re.findall(r'data-(?:say|name)="([^"]+)"', HTML))
    for script in SCRIPTS.values():
        named.update(*(re.findall(r"'([^']+)'", call) for call in _calls("say", script)))
        named.update(f"step-{step}" for step in re.findall(r"\bask\('([\w-]+)'", script))
    return {word for word in named if re.fullmatch(r"[a-z-]+", word)}


def _calls(name: str, script: str) -> list[str]:
    """The first arguments of every call, up to a comma."""
    return re.findall(rf"\b{name}\(([^,`{{]*?)[,)]", script)


def test_both_languages_say_the_same_things() -> None:
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    for word, text in english.items():
        placeholders = re.findall(r"\{\w+\}", text)
        assert sorted(placeholders) == sorted(re.findall(r"\{\w+\}", chinese[word])), word


def test_the_page_says_only_words_that_exist_and_all_of_them() -> None:
    # these reach `say` in a variable
    passed_on = {"to-order", "added", "fewer", "another"}
    assert said() | passed_on == words("en").keys()


def test_every_module_that_is_imported_is_there() -> None:
    for script in SCRIPTS.values():
        assert set(re.findall(r"from '\./(\w+)\.js'", script)) <= SCRIPTS.keys()


@pytest.mark.parametrize("file", sorted(PAGE.iterdir()), ids=lambda file: file.name)
def test_nothing_comes_from_elsewhere_or_escapes_the_policy(file: Path) -> None:
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")
    assert "//" not in re.sub(r"^\s*// .*$|; // .*$|  ?// .*$", "", text, flags=re.M)
    assert not re.search(r"innerHTML|style=|onclick=|<script>", text)
