"""A read that is shared: once for all who ask at the same time, and never older than the question."""

from __future__ import annotations

import asyncio

import pytest

from tixmaster.boxoffice.database.shared import Shared


class Page:
    """What is read: `version` at the moment the read begins. It ends when the gate is open."""

    def __init__(self) -> None:
        self.version = 1
        self.reads = 0
        self.began = asyncio.Event()
        self.gate = asyncio.Event()
        self.trouble: Exception | None = None

    async def read(self, key: str) -> str:
        self.reads += 1
        seen = f"{key}{self.version}"
        self.began.set()
        await asyncio.wait_for(self.gate.wait(), 5)
        if self.trouble:
            raise self.trouble
        return seen


async def test_all_who_ask_together_share_one_read_and_later_ones_the_next() -> None:
    """What was changed before somebody asked is in their answer."""
    page = Page()
    shared = Shared(page.read)
    first = [asyncio.create_task(shared("a")) for _ in range(50)]
    await page.began.wait()
    page.version = 2
    later = [asyncio.create_task(shared("a")) for _ in range(50)]
    await asyncio.sleep(0)
    page.gate.set()
    assert set(await asyncio.gather(*first)) == {"a1"}
    assert set(await asyncio.gather(*later)) == {"a2"}
    assert page.reads == 2
    assert await shared("a") == "a2"
    assert page.reads == 3


async def test_keys_do_not_wait_for_each_other() -> None:
    """Two pages are two reads at the same time."""
    page = Page()
    shared = Shared(page.read)
    both = [asyncio.create_task(shared(key)) for key in "ab"]
    for _ in range(4):  # turns of the loop, none of which waits for anything
        await asyncio.sleep(0)
    assert page.reads == 2
    page.gate.set()
    assert await asyncio.gather(*both) == ["a1", "b1"]


async def test_who_hangs_up_does_not_end_it_for_the_others() -> None:
    """Not even the one who asked first."""
    page = Page()
    shared = Shared(page.read)
    first, second = (asyncio.create_task(shared("a")) for _ in range(2))
    await page.began.wait()
    first.cancel()
    page.gate.set()
    assert await second == "a1"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_an_error_is_everybodys_and_the_next_read_is_a_new_one() -> None:
    """Nothing is remembered, and no error is left lying about."""
    page = Page()
    shared = Shared(page.read)
    page.trouble = OSError("away")
    page.gate.set()
    for answer in await asyncio.gather(*(shared("a") for _ in range(3)), return_exceptions=True):
        assert answer is page.trouble
    page.trouble = None
    assert await shared("a") == "a1"
