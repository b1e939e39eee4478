"""Dependencies outside that fail for real: a connection that is refused, a name that cannot be found."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from tixmaster.boxoffice.errors import InjectedFaultError, ProviderError

LIMIT_SECONDS: Final = 2.0
NAME: Final = "payments.tixmaster.invalid"
"""`.invalid` never exists (RFC 6761, 6.4)."""


async def call_refused() -> None:
    """Calls an HTTP service that is not there; raises `InjectedFaultError` with the real error as its cause."""
    try:
        await _call_nobody()
    except OSError as error:
        raise InjectedFaultError("A service that the box office needs does not answer", 502) from error


async def pay_refused() -> None:
    """Calls a payment provider that is not there; raises `ProviderError` with the real error as its cause."""
    try:
        await _call_nobody()
    except OSError as error:
        raise ProviderError("simulator") from error


async def _call_nobody() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # ours for now, and nobody listens on it
        async with asyncio.timeout(LIMIT_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", nobody.getsockname()[1])
    writer.close()


async def call_unknown() -> None:
    """Looks for a service whose name does not exist; raises `InjectedFaultError` with the real error as its cause."""
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            await asyncio.get_running_loop().getaddrinfo(NAME, 443)
    except OSError as error:
        cause = error if str(error) else TimeoutError(f"no answer for {NAME} within {LIMIT_SECONDS:g} s")
        raise InjectedFaultError("A service that the box office needs cannot be found", 503) from cause
