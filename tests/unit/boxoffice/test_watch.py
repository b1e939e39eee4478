"""The watch over the database: one asker, and nobody in before the welcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tixmaster.boxoffice.database.watch import RETRY_SECONDS, Watch


class Fake:
    """A database that can be away."""

    def __init__(self) -> None:
        self.away: Exception | None = ConnectionRefusedError(111, "refused")
        self.asked = 0
        self.welcomed = 0
        self.changed = asyncio.Event()

    async def ask(self) -> None:
        self.asked += 1
        self.changed.set()
        if self.away:
            raise self.away

    async def welcome(self) -> None:
        self.welcomed += 1


@pytest.fixture
async def fake() -> Fake:
    """A database that is away."""
    return Fake()


@pytest.fixture
async def watch(fake: Fake) -> AsyncIterator[Watch]:
    """Its watch, at work."""
    watch = Watch(fake.ask, fake.welcome)
    task = asyncio.create_task(watch.run())
    yield watch
    task.cancel()


def trouble(watch: Watch) -> str:
    """What the watch says."""
    return str(watch.trouble or "none")


async def next_ask(fake: Fake) -> None:
    """Returns after the watch has asked again and taken note."""
    fake.changed.clear()
    await asyncio.wait_for(fake.changed.wait(), 4 * RETRY_SECONDS)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_it_keeps_asking_until_the_database_comes(fake: Fake, watch: Watch) -> None:
    """Then it is welcomed, once."""
    await next_ask(fake)
    assert trouble(watch) == "[Errno 111] refused"
    fake.away = None
    await next_ask(fake)
    assert trouble(watch) == "none"
    assert fake.welcomed == 1


async def test_a_single_lost_connection_is_no_outage(fake: Fake, watch: Watch) -> None:
    """A request's trouble makes it ask; an answer is an answer, and no second welcome."""
    fake.away = None
    await next_ask(fake)
    for _ in range(100):
        watch.look_now()
    await next_ask(fake)
    assert trouble(watch) == "none"
    assert (fake.asked, fake.welcomed) == (3, 1)


async def test_a_loss_is_noticed_and_the_return_too(fake: Fake, watch: Watch) -> None:
    """Away, back, welcomed again."""
    fake.away = None
    await next_ask(fake)
    fake.away = TimeoutError("dumb")
    watch.look_now()
    await next_ask(fake)
    assert trouble(watch) == "dumb"
    fake.away = None
    await next_ask(fake)
    assert trouble(watch) == "none"
    assert fake.welcomed == 2
