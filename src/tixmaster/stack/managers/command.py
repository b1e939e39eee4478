"""Asking a service manager through its own command line, within a time limit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass

from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.said import Said, said, system, verbatim

SAID_LENGTH = 400
"""How much of what a manager said goes into a message."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> Said:
        """Its complaint in one line: the error output, else the other one, else the exit code."""
        words = " ".join((self.err.strip() or self.out.strip()).split())[:SAID_LENGTH]
        return verbatim(words) if words else said("exit code {code}", "結束碼 {code}", code=self.code)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A manager's command: its name, and what to do where it is not installed or where it hangs."""

    name: str
    where_missing: Said
    where_hanging: Said

    def path(self) -> str:
        """Where it is; raises `UnreachableError` where it is not installed."""
        found = shutil.which(self.name)
        if found is None:
            raise UnreachableError(
                said(
                    "{name} is not installed, or not on the PATH of this process. {advice}",
                    "未安裝 {name}，或不在此行程的 PATH 中。{advice}",
                    name=self.name,
                    advice=self.where_missing,
                )
            )
        return found


def run(tool: Tool, *arguments: str, seconds: float) -> Answer:
    """Runs the tool and returns what it said, in English where it can.

    Raises `UnreachableError` where it is not installed, may not be run, or takes too long.
    """
    program = tool.path()
    # Files, not pipes: Node cuts what it writes into a pipe when it exits, and a grandchild that keeps a pipe open
    # would hold us up beyond the time limit.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(
                [program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        except OSError as error:
            raise UnreachableError(
                said(
                    "{program} cannot be run: {why}. {advice}",
                    "無法執行 {program}：{why}。{advice}",
                    program=program,
                    why=system(error.strerror),
                    advice=tool.where_missing,
                )
            ) from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise UnreachableError(
                said(
                    "`{line}` gives no answer within {seconds:g} s. {advice}",
                    "`{line}` 於 {seconds:g} 秒內沒有回應。{advice}",
                    line=" ".join((tool.name, *arguments)),
                    seconds=seconds,
                    advice=tool.where_hanging,
                )
            ) from error
        finally:
            _end(process)
        out.seek(0)
        err.seek(0)
        return Answer(code=code, out=out.read().decode("utf-8", "replace"), err=err.read().decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a command that is still there, with its children."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
