"""SOP 3.3 as a check: does the port answer, is the process there, does PostgreSQL take a log-in."""

from __future__ import annotations

import socket
import time
from dataclasses import asdict, dataclass
from typing import Any

from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.managers import manager_of

TRIES = 3
PAUSE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    detail: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def check(config: Config) -> list[Finding]:
    """Port, process, log-in, in the order a person would look."""
    port = _port(config)
    well = health.probe(config, "postgres")
    return [port, _process(config, well.healthy), Finding(what="log-in", ok=well.healthy, detail=well.detail)]


def _port(config: Config) -> Finding:
    service = config.services.postgres
    address = f"{service.host}:{service.port}"
    began = time.monotonic()
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        try:
            socket.create_connection((service.host, service.port), timeout=1.0).close()
        except ConnectionRefusedError:
            how = "refuses connections"
        except OSError as error:
            how = f"cannot be reached ({error})"
        else:
            return Finding(what="port", ok=True, detail=f"PostgreSQL accepts connections on {address}")
    waited = time.monotonic() - began
    return Finding(
        what="port", ok=False, detail=f"PostgreSQL {how} on {address} (tried {TRIES} times in {waited:.1f} s)"
    )


def _process(config: Config, answers: bool) -> Finding:
    """Where its manager cannot be asked, as from inside a container, a database that answers is proof enough."""
    try:
        state = manager_of(config, "postgres").status()
    except UnreachableError as error:
        return Finding(what="process", ok=answers, detail=f"not seen: {error}")
    return Finding(what="process", ok=state.pid is not None, detail=state.detail)
