"""What drills leave behind for others to read: the run that is under way, and the outcomes of those before it.

`tixmaster.drills` writes both (`var/drills`), in a process of its own; the console reads them. Neither knows the other.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from tixmaster.stack.config import Config

TAIL_BYTES = 512 * 1024
"""Of the record of outcomes no more is read: some hundreds of the newest."""
Phase = Literal["preparing", "waiting", "playing", "ended"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the record: what came of a drill. `stages` are seconds since the fault, in the order they were reached."""

    at: datetime
    name: str
    ok: bool
    true_cause: str | None = None
    diagnosed_cause: str | None = None
    confidence: float | None = None
    control: bool = False
    incident: str | None = None
    stages: dict[str, float] = {}
    failures: tuple[str, ...] = ()


class Run(msgspec.Struct, kw_only=True):
    """One `tix drill run`: who asked for what, and how far it is."""

    pid: int
    process_began: float
    """As the system tells it (Unix seconds): a number of a process may come again, not together with its beginning."""
    by: str
    names: tuple[str, ...]
    began_at: datetime
    phase: Phase = "preparing"
    playing: str | None = None
    """The drill that is on."""
    wanted: tuple[str, ...] = ()
    """The stages that on-call must come through in it."""
    fault_at: datetime | None = None
    stages: dict[str, float] = {}
    incident: str | None = None
    verdicts: dict[str, bool] = {}
    """The drills that are done, and whether on-call was right."""
    ended_at: datetime | None = None
    problem: str | None = None
    """Why it ended before its time."""

    @property
    def is_on(self) -> bool:
        """Whether its process still works on it."""
        return self.ended_at is None and self._lives()

    @property
    def was_killed(self) -> bool:
        """Whether its process died without a word: then its fault may still be in."""
        return self.ended_at is None and not self._lives()

    def _lives(self) -> bool:
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            return process.create_time() == self.process_began and process.status() != psutil.STATUS_ZOMBIE
        return False


def folder(config: Config) -> Path:
    """Where drills keep what outlasts them."""
    return config.var / "drills"


def results(config: Config) -> Path:
    """The record of all drills, a line each."""
    return folder(config) / "results.jsonl"


def outcomes(config: Config, most: int) -> list[Outcome]:
    """The newest outcomes, newest first. A line that cannot be read is left out: the record is only looked at here."""
    found: list[Outcome] = []
    for line in reversed(_tail(results(config))):
        with suppress(msgspec.MsgspecError):
            found.append(msgspec.json.decode(line, type=Outcome))
        if len(found) == most:
            break
    return found


def last(config: Config) -> Outcome | None:
    """The newest outcome."""
    return next(iter(outcomes(config, 1)), None)


def newest_run(config: Config) -> Run | None:
    """The run that is under way, else the one before; None where there was none, or its file cannot be read."""
    try:
        return msgspec.json.decode(_run_file(config).read_bytes(), type=Run)
    except (OSError, msgspec.MsgspecError):
        return None


def keep(config: Config, run: Run) -> None:
    """Replaces the file as a whole, so that nobody reads half of it."""
    path = _run_file(config)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(run))
    draft.replace(path)


def _run_file(config: Config) -> Path:
    return folder(config) / "run.json"


def _tail(path: Path) -> list[bytes]:
    """The lines of the file's end; the first may be half of one."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - TAIL_BYTES, 0))
            return file.read(TAIL_BYTES).splitlines()
    except OSError:
        return []
