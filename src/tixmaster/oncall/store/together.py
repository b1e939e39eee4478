"""Group commit: whoever writes while a transaction is being committed shares the next one, and its wait for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from tixmaster.oncall.store.trouble import passes

A = TypeVar("A")
B = TypeVar("B")
Work = Callable[[sa.Connection, Sequence[A]], Sequence[B]]
"""Writes what many callers bring, and says what came of each, in their order."""


class _Entry(Generic[A, B]):
    """What one caller brings, and what came of it."""

    def __init__(self, work: Work[A, B], item: A, told: asyncio.Future[B]) -> None:
        self.work = work
        self.item = item
        self._told = told
        self._result: B
        self._error: Exception | None = None

    def succeed(self, result: B) -> None:
        self._result = result

    def fail(self, error: Exception) -> None:
        self._error = error

    def tell(self) -> None:
        """Lets the caller go on; one that has gone away meanwhile is not told."""
        if self._told.done():
            return
        if self._error:
            self._told.set_exception(self._error)
        else:
            self._told.set_result(self._result)


class Together:
    """Carries out short pieces of work of one event loop, many in one transaction of `write`."""

    def __init__(self, write: Callable[[], AbstractContextManager[sa.Connection]]) -> None:
        self._write = write
        self._waiting: list[_Entry[Any, Any]] = []
        self._at_work: asyncio.Task[None] | None = None

    async def carry_out(self, work: Work[A, B], item: A) -> B:
        """What `work` made of `item`, once it is committed; raises what `work` raised, or why it could not be committed.

        Where the first transaction had to be rolled back, `work` is carried out a second time, for `item` alone.
        """
        told: asyncio.Future[B] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Entry(work, item, told))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work_off())
        return await told

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await asyncio.to_thread(self._commit, batch)
                for entry in batch:
                    entry.tell()
        finally:
            self._at_work = None

    def _commit(self, batch: list[_Entry[Any, Any]]) -> None:
        """All in one transaction; where that fails, each in its own, so that only the culprit fails."""
        try:
            with self._write() as connection:
                for work, entries in groupby(batch, key=lambda entry: entry.work):
                    alike = list(entries)
                    for entry, result in zip(alike, work(connection, [entry.item for entry in alike]), strict=True):
                        entry.succeed(result)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller who is told
            if len(batch) == 1 or passes(error):  # nobody's fault: the state is away for all
                for entry in batch:
                    entry.fail(error)
                return
            for entry in batch:
                self._commit([entry])
