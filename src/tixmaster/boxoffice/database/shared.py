"""One read for all who ask at the same time: when the whole town looks at one page, the database is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Shared(Generic[K, T]):
    """A read that callers share. Nobody gets an answer that is older than the question: who asks while a read is
    under way waits for the next one, together with all who do. Nothing is kept."""

    def __init__(self, read: Callable[[K], Awaitable[T]]) -> None:
        self._read = read
        self._under_way: dict[K, asyncio.Task[T]] = {}
        self._next: dict[K, asyncio.Task[T]] = {}

    async def __call__(self, key: K) -> T:
        """What the read says of `key`, or raises."""
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = asyncio.create_task(self._take_turn(key))
            task.add_done_callback(_heard)
        return await asyncio.shield(task)  # one of many who hangs up must not end it for the others

    async def _take_turn(self, key: K) -> T:
        before = self._under_way.get(key)
        if before is not None:
            await asyncio.wait((before,))
        task = self._under_way[key] = self._next.pop(key)
        try:
            return await self._read(key)
        finally:
            if self._under_way.get(key) is task:
                del self._under_way[key]


def _heard(task: asyncio.Task[T]) -> None:
    """An error that all who waited for have hung up on is nobody's; asyncio would complain."""
    if not task.cancelled():
        task.exception()
