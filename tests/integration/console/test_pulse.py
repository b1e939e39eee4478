"""Open pages hear of what concerns them, as soon as it is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar.response import ServerSentEventMessage

from tixmaster.console.live import PAGES_A_SECOND, Pulse
from tixmaster.console.lookout import Lookout
from tixmaster.oncall import person
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import timeline

from .conftest import open_incident

HEARD_SECONDS = 5.0


@pytest.fixture
async def pulse(oncall: Oncall) -> AsyncIterator[Pulse]:
    async with Pulse(oncall.desk.database, Lookout(oncall.desk)) as beating:
        yield beating


async def heard(events: AsyncIterator[ServerSentEventMessage]) -> str:
    """The next event's name."""
    async with asyncio.timeout(HEARD_SECONDS):
        message = await anext(events)
    return str(message.event)


async def test_a_page_of_an_incident_is_told_of_that_incident_only(oncall: Oncall, pulse: Pulse) -> None:
    """The first event says that the stream is there; a page of all incidents hears of each."""
    open_incident(oncall)
    own, others, every = pulse.events(1), pulse.events(2), pulse.events()
    assert [await heard(one) for one in (own, others, every)] == ["change"] * 3
    waiting = asyncio.ensure_future(anext(others))
    await asyncio.to_thread(person.note, oncall.desk, 1, "seen", by="mei")
    assert [await heard(one) for one in (own, every)] == ["change"] * 2
    assert not waiting.done()
    await pulse.close()
    await waiting


async def test_a_change_that_the_lookout_sees_reaches_every_page(oncall: Oncall) -> None:
    """Nothing is committed then; the lookout itself wakes the streams."""
    lookout = Lookout(oncall.desk)
    async with Pulse(oncall.desk.database, lookout) as pulse:
        events = pulse.events(1)
        assert await heard(events) == "change"
        await asyncio.to_thread(lookout.plans.look)
        assert await heard(events) == "system"


async def test_many_pages_are_told_at_once_and_then_more_seldom(oncall: Oncall, pulse: Pulse) -> None:
    """Of what changes meanwhile they hear together: nothing is lost, and nobody has to work for every row."""
    number = PAGES_A_SECOND // 2
    open_incident(oncall)
    pages = [pulse.events(1) for _ in range(number)]
    assert {await heard(one) for one in pages} == {"change"}
    told = [asyncio.ensure_future(anext(one)) for one in pages]
    await asyncio.to_thread(person.note, oncall.desk, 1, "first", by="mei")
    await asyncio.wait(told, timeout=HEARD_SECONDS)
    began = asyncio.get_running_loop().time()
    told = [asyncio.ensure_future(anext(one)) for one in pages]
    for place in range(3):
        await asyncio.to_thread(person.note, oncall.desk, 1, f"more {place}", by="mei")
    await asyncio.wait(told, timeout=HEARD_SECONDS)
    assert asyncio.get_running_loop().time() - began > 0.9 * (number - 1) / PAGES_A_SECOND
    newest = max(int(one.result().data or 0) for one in told)
    with oncall.desk.database.read() as connection:
        assert newest == timeline.last_id(connection)
