"""Included files: where their values stand, and which of two counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.converge.imported.files import load
from holdfast.converge.imported.values import Imported
from holdfast.errors import InputError


def given(folder: Path, texts: dict[str, str], *names: str) -> Imported:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load([folder / name for name in names], {})


def place(seen: Imported, name: str, folder: Path) -> str:
    value = seen.values[name]
    return f"{value.value} {Path(value.where.file).relative_to(folder)}:{value.where.line}"


MAIN = "wal_sender_timeout = 9s\ninclude_dir = 'conf.d'\nwal_receiver_timeout = 7s\n"
PARTS = {
    "postgresql.conf": MAIN,
    "conf.d/10.conf": "# ours\nwal_sender_timeout = 3s\nwal_receiver_timeout = 3s\n",
    "conf.d/20.conf": "tcp_user_timeout = 4s\nwal_sender_timeout = 5s\n",
    "conf.d/notes": "no configuration",
}


def test_a_later_line_counts_wherever_it_stands(tmp_path: Path) -> None:
    seen = given(tmp_path, PARTS, "postgresql.conf")
    assert place(seen, "postgresql.wal_sender_timeout_ms", tmp_path) == "5000 conf.d/20.conf:2"
    assert place(seen, "postgresql.wal_receiver_timeout_ms", tmp_path) == "7000 postgresql.conf:3"
    assert place(seen, "postgresql.tcp_user_timeout_ms", tmp_path) == "4000 conf.d/20.conf:1"


def test_a_part_that_is_named_as_well_is_read_once(tmp_path: Path) -> None:
    seen = given(tmp_path, PARTS, "postgresql.conf", "conf.d/10.conf")
    assert [Path(reading.file).name for reading in seen.readings] == ["postgresql.conf"]


@pytest.mark.parametrize(
    ("main", "part", "name"),
    [
        (
            "cluster-enabled yes\ninclude part\n",
            "cluster-node-timeout 4000",
            "redis.node_timeout_ms",
        ),
        (
            "[mysqld]\nwsrep_on=ON\n!includedir /srv/elsewhere/part.d/\n",
            "[mysqld]\nwsrep_provider_options='evs.suspect_timeout=PT4S'\n",
            "galera.suspect_ms",
        ),
        (
            "wal_level = replica\ninclude_if_exists 'part'\n",
            "tcp_user_timeout = 4s",
            "postgresql.tcp_user_timeout_ms",
        ),
    ],
)
def test_each_kind_has_its_word_for_it(tmp_path: Path, main: str, part: str, name: str) -> None:
    """What is named from the root of its own host is looked for beside the file."""
    texts = {"main": main, "part": part, "part.d/a.cnf": part}
    seen = given(tmp_path, texts, "main")
    assert seen.values[name].value == 4000
    assert Path(seen.values[name].where.file).name in ("part", "a.cnf")


def test_what_is_not_there_is_passed_over(tmp_path: Path) -> None:
    seen = given(tmp_path, {"main": "wal_level = replica\ninclude 'gone'\n"}, "main")
    assert len(seen.readings) == 1


def test_a_broken_part_is_an_error_with_its_line(tmp_path: Path) -> None:
    texts = {"main": "wal_level = replica\ninclude 'part'\n", "part": "\nwhat is this?\n"}
    with pytest.raises(InputError) as error:
        given(tmp_path, texts, "main")
    (finding,) = error.value.findings
    assert (Path(finding.where.file).name, finding.where.line) == ("part", 2)


def test_a_circle_is_an_error(tmp_path: Path) -> None:
    texts = {"main": "wal_level = replica\ninclude 'main'\n"}
    with pytest.raises(InputError) as error:
        given(tmp_path, texts, "main")
    assert "too deep" in error.value.findings[0].message


NGINX = {
    "nginx.conf": (
        "stream {\n  include mime.types;\n  proxy_connect_timeout 3s;\n  include parts/*;\n}\n"
    ),
    "parts/a.conf": "upstream apis {\n  server 10.0.0.1:6443 max_fails=2;\n}\n",
    "parts/b.conf": "server {\n  listen 8443;\n  proxy_pass apis;\n}\n",
}


def test_nginx_settings_reach_into_what_is_included(tmp_path: Path) -> None:
    seen = given(tmp_path, NGINX, "nginx.conf", "parts/a.conf")
    (reading,) = seen.readings
    (pool,) = seen.pools
    assert pool.facts["connect_ms"].value == 3000
    assert (Path(pool.where.file).name, pool.where.line) == ("a.conf", 1)
    assert Path(reading.listeners[0].where.file).name == "b.conf"


def test_a_broken_part_of_nginx_is_an_error_with_its_line(tmp_path: Path) -> None:
    broken = {**NGINX, "parts/b.conf": "server {\n  listen 8443;\n"}
    with pytest.raises(InputError) as error:
        given(tmp_path, broken, "nginx.conf")
    assert Path(error.value.findings[0].where.file).name == "b.conf"
