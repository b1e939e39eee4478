"""The test shopper: when it buys, and when it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from tixmaster.oncall.metrics import OncallMetrics
from tixmaster.oncall.shopper import Shopper
from tixmaster.stack.config import Planned

from .conftest import START

if TYPE_CHECKING:
    from tixmaster.oncall.desk import Desk

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "begins", "rests"),
    [("downtime", START, True), ("downtime", START + HOUR, False), ("on-sale", START, False)],
)
def test_it_rests_during_planned_downtime(desk: Desk, kind: str, begins: object, rests: bool) -> None:
    """Its failures would wake somebody for what is planned; nothing else of the calendar stops it."""
    row = msgspec.convert({"title": "t", "kind": kind, "from": begins, "until": START + 2 * HOUR}, Planned)
    planned = replace(desk, config=msgspec.structs.replace(desk.config, calendar=(row,)))
    assert Shopper(planned, OncallMetrics(CollectorRegistry())).rests() is rests
