"""Writing a rendering: what differs is written, what is gone removed, nothing else touched."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from holdfast.errors import EnvironmentFailure, InputError
from holdfast.platforms.machines.folder import Changes, write
from holdfast.platforms.machines.project import Leaf

SITE = Leaf("site.yaml", "# play\n")
KEY = Leaf("hosts/n1/etc/key", "secret\n", 0o600)
CONF = Leaf("hosts/n1/etc/conf", "a = 1\n")


def test_the_first_time_everything_is_new(tmp_path: Path) -> None:
    changes = write([SITE, KEY, CONF], tmp_path / "out")
    assert changes == Changes(added=("hosts/n1/etc/conf", "hosts/n1/etc/key", "site.yaml"))
    assert stat.S_IMODE((tmp_path / "out" / KEY.path).stat().st_mode) == 0o600


def test_the_second_time_nothing_is(tmp_path: Path) -> None:
    write([SITE, KEY, CONF], tmp_path)
    before = (tmp_path / CONF.path).stat()
    assert not write([SITE, KEY, CONF], tmp_path)
    assert (tmp_path / CONF.path).stat() == before


def test_content_mode_and_absence_are_seen(tmp_path: Path) -> None:
    write([SITE, KEY, CONF], tmp_path)
    (tmp_path / KEY.path).chmod(0o644)
    changes = write([SITE, KEY], tmp_path)
    assert changes == Changes(changed=(KEY.path,), removed=(CONF.path,))
    assert not (tmp_path / CONF.path).exists()
    assert write([SITE], tmp_path) == Changes(removed=(KEY.path,))
    assert not (tmp_path / "hosts").exists()


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(InputError, match="something else"):
        write([SITE], tmp_path)
    assert [*tmp_path.iterdir()] == [tmp_path / "thesis.tex"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((EnvironmentFailure, InputError)):
        write([SITE], tmp_path / "file" / "out")
