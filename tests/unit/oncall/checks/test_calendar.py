"""The check calendar: what the box office shows, what Prometheus remembers, what is planned."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
import pytest
from tests.looking import Look, looking

from tixmaster.stack.config import Config, Planned, Service

from .conftest import Answer, Serve

NOW = datetime(2026, 3, 22, 3, 0, tzinfo=UTC)
Kind = Literal["campaign", "on-sale", "downtime"]


def planned(kind: Kind, begins: timedelta, ends: timedelta) -> Planned:
    return Planned(title="Spring", kind=kind, begins=NOW + begins, ends=NOW + ends)


def with_calendar(config: Config, *rows: Planned) -> Look:
    return looking(msgspec.structs.replace(config, calendar=rows))


def days(count: float) -> timedelta:
    return timedelta(days=count)


def at(config: Config, service: str, address: str) -> Config:
    """The configuration with a service at the address of a test's server."""
    place = {service: Service(port=int(address.rpartition(":")[2]))}
    return msgspec.structs.replace(config, services=msgspec.structs.replace(config.services, **place))


def test_where_nobody_can_be_asked_it_is_an_error(look: Look) -> None:
    """And nothing is claimed."""
    found = look("calendar", now=NOW)
    assert (found.status, found.value["on_sale"], found.value["off_peak"]) == ("error", None, None)
    assert found.value["explained"] is False


@pytest.mark.parametrize(
    ("begins", "ends", "over"),
    [
        (days(-3), days(-0.5), True),  # ended this night
        (days(-22), days(-6), True),  # lifted all three of the weeks that are compared
        (days(-15), days(-6), True),  # two of them
        (days(-8), days(-6), False),  # one of three does not move the median
        (days(-3), days(+1), False),  # still on
    ],
)
def test_a_campaign_explains_less_where_it_lifted_what_is_compared(
    config: Config, begins: timedelta, ends: timedelta, over: bool
) -> None:
    """And only while none is on."""
    found = with_calendar(config, planned("campaign", begins, ends))("calendar", now=NOW)
    assert (found.value["campaign_ended"], found.value["explained"]) == (over, over)
    assert ("the campaign Spring is over" in found.reason) is over


def test_a_planned_downtime_and_sales_that_have_not_begun(config: Config) -> None:
    """The calendar alone knows these while the box office is away."""
    look = with_calendar(config, planned("downtime", -days(1), days(1)), planned("on-sale", days(1), days(2)))
    found = look("calendar", now=NOW)
    assert (found.status, found.value["planned_downtime"], found.value["on_sale"]) == ("ok", True, False)
    assert "nothing is on sale" in found.value["parts"]


@pytest.mark.parametrize(("left", "on_sale"), [(0, False), (3, True)])
def test_what_is_on_sale_is_seen_as_visitors_see_it(config: Config, serve: Serve, left: int, on_sale: bool) -> None:
    """Events that are over sell nothing, whatever is left."""
    events = [{"id": id, "event_date": (NOW + days(ahead)).isoformat()} for id, ahead in ((1, 5), (2, -5))]

    def answer(path: str) -> Answer:
        tickets = [{"available_quantity": left if "/1/" in path else 9}]
        return 200, json.dumps({"events": events} if path == "/api/events" else {"tickets": tickets}).encode()

    found = looking(at(config, "backend", serve(answer)))("calendar", now=NOW)
    assert (found.value["on_sale"], found.value["ticket_types"]) == (on_sale, int(on_sale))


def test_a_box_office_that_answers_nonsense_tells_nothing(config: Config, serve: Serve) -> None:
    """Binary instead of JSON, or JSON of another shape."""
    for body in (b"\x00\xff", b'{"events": [{"id": 1}]}', b"[]"):
        found = looking(at(config, "backend", serve(lambda _, body=body: (200, body))))("calendar", now=NOW)  # type: ignore[misc]
        assert found.value["on_sale"] is None


@pytest.mark.parametrize(("busy", "off_peak"), [(1, True), (9, False), (20, False)])
def test_a_quiet_hour_is_told_from_the_days_before(config: Config, serve: Serve, busy: int, off_peak: bool) -> None:
    """Three in the morning against an average hour of the week; the present hour, which is in question, does not count."""
    hours = range(7 * 24, -1, -1)
    points = [[(NOW - timedelta(hours=ago)).timestamp(), str(busy if ago % 24 == 0 else 10)] for ago in hours]
    points[-1][1] = "0"
    data = {"resultType": "matrix", "result": [{"metric": {}, "values": points}]}

    def answer(path: str) -> Answer:
        vector = {"resultType": "vector", "result": []}
        return 200, json.dumps({"data": data if "query_range" in path else vector}).encode()

    found = looking(at(config, "prometheus", serve(answer)))("calendar", now=NOW)
    assert (found.value["off_peak"], found.value["explained"]) == (off_peak, off_peak)
    assert found.value["hour_share"] == pytest.approx(busy / 10, rel=0.1)
