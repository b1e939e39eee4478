"""The container engine of this machine: Docker, else Podman, asked through its own command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from tixmaster.stack.errors import StackError

ASK_SECONDS, ACT_SECONDS = 2.0, 30.0
MESSAGE_LENGTH = 300
QUESTIONS = {
    "docker": "{{.ServerVersion}} {{.SecurityOptions}}",
    "podman": "{{.Version.Version}} rootless={{.Host.Security.Rootless}}",
}
ROOTLESS = ("name=rootless", "rootless=true")
"""How either of them says that it runs as a user who is not root."""


class EngineError(StackError):
    """The engine refused what it was asked to do, or took too long."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that answers. In a `rootless` one, a container's root is the user who runs the engine."""

    name: str
    rootless: bool

    def do(self, *arguments: str) -> str:
        """Runs a command and returns what it printed; raises `EngineError` with the engine's words."""
        try:
            done = _run(self.name, *arguments, seconds=ACT_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"`{self.name} {arguments[0]}` failed: {error}") from error
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[:MESSAGE_LENGTH] or f"exit code {done.returncode}"
            raise EngineError(f"`{self.name} {arguments[0]}` failed: {said}")
        return done.stdout

    def inspect(self, kind: str, name: str) -> dict[str, Any] | None:
        """What the engine knows about a `container` or `image`; None where there is none of that name."""
        try:
            found: list[dict[str, Any]] = json.loads(self.do(kind, "inspect", name))
        except EngineError:
            return None
        return found[0]


def find() -> Engine | None:
    """The first engine whose daemon answers within two seconds."""
    for name, question in QUESTIONS.items():
        if shutil.which(name) and (answer := _ask(name, question)):
            return Engine(name=name, rootless=any(word in answer for word in ROOTLESS))
    return None


def _ask(name: str, question: str) -> str | None:
    """A client without its daemon fails, or leaves the version empty."""
    try:
        done = _run(name, "info", "--format", question, seconds=ASK_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and not done.stdout.startswith(" ") else None


def _run(*command: str, seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
