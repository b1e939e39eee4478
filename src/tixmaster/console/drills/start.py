"""Starting a run of drills and ending it early. Never two at once, and never where something speaks against it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

import psutil
import structlog

from tixmaster.oncall import rehearsal
from tixmaster.oncall.rehearsal import Run
from tixmaster.stack.config import CONFIG_NAME, CONFIG_VARIABLE, Config

log = structlog.get_logger(__name__)

ASK = {True: ("--approve",), False: ()}
SAID_BYTES = 2000
"""So much of what a run said that could not begin."""

Standing = Literal["starting", "on", "ending", "killed", "failed", "over", "never"]


class Exercise(Protocol):
    """What the pages say of a drill."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def title_zh(self) -> str: ...

    @property
    def cause(self) -> str | None: ...

    @property
    def remedy(self) -> str | None: ...

    @property
    def control(self) -> bool: ...

    @property
    def needs_fault_endpoints(self) -> bool: ...

    @property
    def seconds(self) -> float: ...


class Starter:
    """Starts runs as processes of their own. One for the process; where a run is now stands in its journal."""

    def __init__(self, config: Config, exercises: Sequence[Exercise]) -> None:
        self.exercises = {one.name: one for one in exercises}
        self._config = config
        self._starting = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        """The run that was started last, as long as this process lives."""
        self._asked_to_end: int | None = None

    def start(self, name: str, by: str, *, approve: bool = False) -> bool:
        """Starts a drill, in which on-call asks before it acts where `approve` says so; False while another run is on."""
        with self._starting:
            if self.standing(rehearsal.newest_run(self._config)) in ("starting", "on", "ending"):
                return False
            rehearsal.folder(self._config).mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._said.open("wb") as said:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "tixmaster", "drill", "run", name, f"--by={by}", *ASK[approve]],
                    env=os.environ | {CONFIG_VARIABLE: str(self._config.path or self._config.root / CONFIG_NAME)},
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    start_new_session=True,  # it must put everything back, also where on-call is restarted meanwhile
                )
            threading.Thread(target=self.process.wait, name="drill", daemon=True).start()
        log.info("drill-started", drill=name, by=by, approve=approve)
        return True

    def end(self, run: Run) -> bool:
        """Asks a run to take its fault out and end; False where it has ended already. A second time changes nothing."""
        if not run.is_on:
            return False
        with suppress(psutil.Error):
            psutil.Process(run.pid).terminate()
        self._asked_to_end = run.pid
        return True

    def standing(self, run: Run | None) -> Standing:
        """How it is with the newest run."""
        process = self.process
        if process is not None and (run is None or run.pid != process.pid):
            code = process.poll()
            if code is None:
                return "starting"
            if code:
                return "failed"
        if run is None:
            return "never"
        if run.was_killed:
            return "killed"
        if not run.is_on:
            return "over"
        return "ending" if run.pid == self._asked_to_end else "on"

    def said(self) -> str:
        """The end of what a run said that could not begin."""
        try:
            return self._said.read_bytes()[-SAID_BYTES:].decode(errors="replace").strip()
        except OSError:
            return ""

    @property
    def _said(self) -> Path:
        return rehearsal.folder(self._config) / "started.log"
