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

SAID_LENGTH = 400
"""How much of what a manager said goes into a message."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Its complaint in one line: the error output, else the other one, else the exit code."""
        return " ".join((self.err.strip() or self.out.strip()).split())[:SAID_LENGTH] or f"exit code {self.code}"


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A manager's command: its name, and what to do where it is not installed or where it hangs."""

    name: str
    where_missing: str
    where_hanging: str

    def path(self) -> str:
        """Where it is; raises `UnreachableError` where it is not installed."""
        found = shutil.which(self.name)
        if found is None:
            raise UnreachableError(
                f"{self.name} is not installed, or not on the PATH of this process. {self.where_missing}"
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
            raise UnreachableError(f"{program} cannot be run: {error.strerror}. {tool.where_missing}") from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            line = " ".join((tool.name, *arguments))
            raise UnreachableError(f"`{line}` gives no answer within {seconds:g} s. {tool.where_hanging}") from error
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
