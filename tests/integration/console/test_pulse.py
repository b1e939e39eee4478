"""Open pages hear of what concerns them, as soon as it is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar.response import ServerSentEventMessage

from tixmaster.console.live import Pulse
from tixmaster.console.lookout import Lookout
from tixmaster.oncall import person
from tixmaster.oncall.app import Oncall

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
