"""XML that any parser reads back as what was meant."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from holdfast.formats.values import SpellingError
from holdfast.formats.xml import element, render


def test_names_and_values_come_through() -> None:
    tree = element("op", element("nvpair", id="a", value="1 < 2 & \"3\" > '4'"), on_fail="ignore")
    root = ET.fromstring(render(tree))
    assert root.attrib == {"on-fail": "ignore"}
    assert root[0].attrib == {"id": "a", "value": "1 < 2 & \"3\" > '4'"}


def test_a_reserved_word_is_an_attribute_like_any_other() -> None:
    assert render(element("primitive", class_="ocf")) == '<primitive class="ocf"/>\n'


@pytest.mark.parametrize("value", ["two\nlines", "a\x00b"])
def test_what_cannot_be_said_is_refused(value: str) -> None:
    with pytest.raises(SpellingError):
        render(element("nvpair", value=value))
