"""A real PM2 for tests: installed from npm once, with a daemon of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.npm import modules

from tixmaster.stack.config import Config, Service

VERSION = "7.0.4"
SHOP = Path(__file__).with_name("shop.js")


def folder_of_pm2() -> Path:
    """The folder that holds the command `pm2`."""
    return modules("pm2", VERSION) / ".bin"


@dataclass(frozen=True, kw_only=True)
class Pm2:
    """PM2 with a daemon and a home of its own; the environment of the test names both."""

    program: Path
    home: Path

    def run(self, *arguments: str, **environment: str) -> str:
        """Runs a command of PM2, whatever the test has done to the environment meanwhile."""
        variables = {**os.environ, "PM2_HOME": str(self.home), **environment}
        command = [str(self.program), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, env=variables).stdout

    def start_shop(self, name: str, port: int, *options: str) -> None:
        """Starts the small service under PM2."""
        self.run("start", str(SHOP), "--name", name, *options, PORT=str(port))


@contextmanager
def own_pm2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pm2]:
    """Puts PM2 on the PATH and gives it a home; its daemon and all it started end with the test."""
    path = os.environ["PATH"]
    program = folder_of_pm2() / "pm2"
    home = Path(tempfile.mkdtemp(prefix="tix-pm2-"))  # short: it holds Unix sockets
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("PM2_HOME", str(home))
    pm2 = Pm2(program=program, home=home)
    pm2.run("ping")
    try:
        yield pm2
    finally:
        pm2.run("kill", PATH=path)
        shutil.rmtree(home)


def of_shop(port: int, name: str = "shop") -> Config:
    """A configuration that knows one service, kept by PM2."""
    return Config(others={"shop": Service(manager="pm2", port=port, name=name, health="/health")})
