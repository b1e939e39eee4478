"""Argon2id hashes of passwords, made in threads: one takes tens of milliseconds of processor time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tixmaster.boxoffice.errors import BusyError

THREADS: Final = 2
"""More would only make the other requests wait for the processor."""
MOST_WAITING: Final = 2048
"""Passwords that may wait for a thread: several times what a load script with hundreds of new buyers sends at once."""
PATIENCE_SECONDS: Final = 60.0
"""Nobody waits longer for an answer: what is still in the queue by then need not be hashed any more."""

P = ParamSpec("P")
T = TypeVar("T")


class Passwords:
    """Hashes and compares. The parameters are argon2-cffi's defaults (RFC 9106, low-memory profile)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._of_nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to store, with its salt and parameters. Raises `BusyError`."""
        return await self._in_thread(self._hasher.hash, password)

    async def match(self, known: str | None, password: str) -> bool:
        """Whether the password is the one of the hash. Takes as long without a hash: timing tells nobody who exists. Raises
        `BusyError`."""
        return await self._in_thread(self._match, known, password)

    def close(self) -> None:
        """Ends the threads without waiting for what is queued."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, lambda: function(*args, **kwargs)
                )
        except TimeoutError as error:
            raise BusyError from error
        finally:
            self._waiting -= 1

    def _match(self, known: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(known or self._of_nobody, password) and known is not None
        except (VerificationError, InvalidHashError):
            return False
