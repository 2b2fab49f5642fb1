"""What the plan renders is what the agent reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.agents.steward.config import Config, load, parse
from holdfast.agents.steward.postgresql import settings
from holdfast.plan import places
from holdfast.plan.model import Plan, PlannedPostgresql
from holdfast.platforms.machines.steward import configuration


@pytest.fixture
def read(shop: Plan) -> Config:
    return parse(json.loads(json.dumps(configuration(shop, shop.hosts[1]))))


def test_the_agent_knows_itself_and_its_peers(shop: Plan, read: Config) -> None:
    assert read.host == shop.hosts[1].name
    assert [host.name for host in read.hosts] == [host.name for host in shop.hosts]
    assert len({host.node_id for host in read.hosts}) == len(shop.hosts)


def test_the_agent_knows_every_datastore(shop: Plan, read: Config) -> None:
    for planned in shop.of(PlannedPostgresql):
        known = settings.parse(read.datastore(planned.name))
        assert known.hosts == tuple(member.host for member in planned.members)
        assert known.data == Path(places.postgresql_data(planned.name))
        assert known.gate_backend == places.gate_backend(planned.name)
    with pytest.raises(KeyError):
        read.datastore("unheard-of")


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "steward.json"
    for text in ("", "[]", "{}", '{"host": "n1"}'):
        path.write_text(text)
        with pytest.raises((ValueError, KeyError, TypeError)):
            load(path)
