"""Argon2id hashes of passwords, made in threads: one takes tens of milliseconds of processor time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

THREADS: Final = 2
"""More would only make the other requests wait for the processor."""


class Passwords:
    """Hashes and compares. The parameters are argon2-cffi's defaults (RFC 9106, low-memory profile)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._of_nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to store, with its salt and parameters."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def match(self, known: str | None, password: str) -> bool:
        """Whether the password is the one of the hash. Takes as long without a hash: timing tells nobody who exists."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._match, known, password)

    def close(self) -> None:
        """Ends the threads without waiting for what is queued."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _match(self, known: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(known or self._of_nobody, password) and known is not None
        except (VerificationError, InvalidHashError):
            return False
