"""On-call's side of drawing: starts the process that draws, asks it for pictures, and is not harmed by what becomes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec
import structlog

from tixmaster.oncall.errors import DrawingError
from tixmaster.oncall.evidence.drawing import picture
from tixmaster.oncall.evidence.drawing.picture import Drawn, Picture
from tixmaster.stack.said import said, system

log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 120.0
"""How long the process stays when nothing is asked of it: incidents seldom come alone."""
REHEARSAL_SECONDS: Final = 150.0
COMMAND: Final = (sys.executable, "-m", "tixmaster.oncall.evidence.drawing")
_ENDED_BY_ITSELF: Final = 0


class Artist:
    """Draws one picture after the other. `folder` keeps what matplotlib found out about this machine's fonts."""

    def __init__(self, folder: Path, idle_seconds: float = IDLE_SECONDS, command: Sequence[str] = COMMAND) -> None:
        self._folder = folder
        self._idle_seconds = idle_seconds
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._starting = threading.Lock()

    def rehearse(self) -> None:
        """Starts the process once and lets it end: that it works, which fonts there are, and hundreds of files to be read
        from the disk should be found out when on-call starts, and not in an incident."""
        try:
            subprocess.run(
                [*self._command, "0"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=self._environment(),
                start_new_session=True,
                timeout=REHEARSAL_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            log.error("cannot-draw", error=str(error), advice="incidents will have no graphs; their numbers are kept")

    def be_ready(self) -> None:
        """Starts the process, where it does not run, and does not wait for it."""
        try:
            self._running()
        except DrawingError as error:
            log.error("cannot-draw", error=str(error))

    def draw(self, wanted: Picture) -> bytes:
        """The picture as PNG; raises `DrawingError`."""
        with self._turn:
            answer = self._ask(wanted) or self._ask(wanted)  # it may have ended for idleness at this very moment
        if answer is None:
            raise DrawingError(
                said("the process that draws ended before it drew anything", "繪圖行程尚未畫出任何圖便已結束")
            )
        if answer.problem:
            raise DrawingError(
                said("the panel could not be drawn: {problem}", "無法繪製此面板：{problem}", problem=answer.problem)
            )
        return answer.png

    def close(self) -> None:
        """Lets the process end."""
        with self._starting:
            self._dismiss()

    def _ask(self, wanted: Picture) -> Drawn | None:
        """Its answer; None where it had ended by itself."""
        process = self._running()
        with suppress(BrokenPipeError):
            picture.put(cast(BinaryIO, process.stdin), wanted)
        body = picture.take(cast(BinaryIO, process.stdout))
        if body is not None:
            return msgspec.msgpack.decode(body, type=Drawn)
        code = process.wait()
        if code == _ENDED_BY_ITSELF:
            return None
        raise DrawingError(
            said(
                "the process that draws ended with {code} over this panel; what on-call printed last says where",
                "繪圖行程在繪製此面板時以 {code} 結束；值勤系統最後印出的訊息會指出位置",
                code=code,
            )
        )

    def _running(self) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._process is None or self._process.poll() is not None:
                self._dismiss()
                self._process = self._start()
            return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        """It leads a session of its own: Ctrl-C at a terminal is on-call's to answer."""
        try:
            process = subprocess.Popen(
                [*self._command, str(self._idle_seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self._environment(),
                start_new_session=True,
            )
        except OSError as error:
            why = system(error)
            raise DrawingError(
                said("the process that draws could not be started: {why}", "無法啟動繪圖行程：{why}", why=why)
            ) from error
        threading.Thread(target=process.wait, name="artist", daemon=True).start()  # no zombie stays behind
        return process

    def _dismiss(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(BrokenPipeError):  # what it was not there to read
            cast(BinaryIO, process.stdin).close()
        cast(BinaryIO, process.stdout).close()

    def _environment(self) -> dict[str, str]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return {**os.environ, "MPLCONFIGDIR": str(self._folder), "OPENBLAS_NUM_THREADS": "1"}
