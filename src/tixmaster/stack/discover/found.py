"""What a look at one source finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tixmaster.stack.config import Manager


@dataclass(frozen=True, kw_only=True)
class Found:
    """A running service. `name` is what its manager calls it; `title` what it calls itself; `ports` are where it listens."""

    name: str
    manager: Manager
    title: str = ""
    pids: frozenset[int] = frozenset()
    host: str = "127.0.0.1"
    ports: tuple[int, ...] = ()
    folder: Path | None = None
    compose_file: Path | None = None
    start: str | None = None
    checks: tuple[str, ...] = ()
    """What a person should look at, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one source said: its services, or in `said` why it could not be asked."""

    source: str
    said: str
    found: tuple[Found, ...] = ()
    pids: frozenset[int] = field(default_factory=frozenset)
    """Processes that belong to the source itself; their ports are no services."""
