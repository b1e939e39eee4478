"""Processes that a person started: found, described, never ended."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tixmaster.stack import health
from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import ConfigError, ManagerError
from tixmaster.stack.managers.process.manager import PlainProcess
from tixmaster.stack.ports import unused


class Terminal:
    """A terminal with a small web server in it, as `python -m http.server` by hand."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        (self.port,) = unused(1)
        ours, theirs = pty.openpty()
        stack.callback(os.close, ours)
        code = "import os, fcntl, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
        code += f"import http.server as h; h.test(h.SimpleHTTPRequestHandler, port={self.port}, bind='127.0.0.1')"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs
        )
        self.name = os.ttyname(theirs)
        os.close(theirs)
        stack.callback(self.end)

    def end(self) -> None:
        """Ends the process and collects it."""
        self.process.kill()
        self.process.wait(10)

    def manager(self, **settings: object) -> PlainProcess:
        """Its manager, found by its port unless the settings say otherwise."""
        service = Service(manager="process", **{"port": self.port, **settings})  # type: ignore[arg-type]
        config = Config(root=self.folder, others={"shop": service})
        if service.port == self.port:
            assert health.wait(config, "shop", 120).healthy
        return PlainProcess(config, "shop")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Somebody's terminal."""
    with ExitStack() as stack:
        yield Terminal(tmp_path, stack)


def test_it_is_found_by_its_port(terminal: Terminal) -> None:
    """Process, start, user, terminal and folder."""
    state = terminal.manager().status()
    assert (state.state, state.pid) == ("running", terminal.process.pid)
    assert state.started_at is not None
    assert f"of {psutil.Process().username()} on {terminal.name} in {terminal.folder}" in state.detail


def test_restart_tells_the_person_what_to_press(terminal: Terminal) -> None:
    """The commands of SOP 3.4; the process goes on."""
    with pytest.raises(ManagerError) as refused:
        terminal.manager(start="node backend/server.js").restart()
    said = str(refused.value)
    assert re.search(rf"1\. In its terminal \({terminal.name}\) press Ctrl\+C", said)
    assert f"2. Run: cd {terminal.folder}\n  3. Run: node backend/server.js" in said
    assert terminal.process.poll() is None


def test_without_a_configured_command_the_manual_says_it(terminal: Terminal) -> None:
    """`npm run dev` where the folder has such a script."""
    (terminal.folder / "package.json").write_text('{"scripts": {"dev": "node backend/server.js"}}')
    with pytest.raises(ManagerError, match="Run: npm run dev"):
        terminal.manager().restart()


def test_a_pid_file_names_it(terminal: Terminal) -> None:
    """Also where it listens on no port."""
    (terminal.folder / "shop.pid").write_text(f"{terminal.process.pid}\n")
    manager = terminal.manager(port=0, pid_file=Path("shop.pid"))
    assert manager.status().pid == terminal.process.pid
    assert [event.text for event in manager.events()] == [f"started as process {terminal.process.pid}"]


def test_a_pid_file_older_than_the_process_is_out_of_date(terminal: Terminal) -> None:
    """The number was given to another process since; an hour after the file was written, it says here."""
    file = terminal.folder / "shop.pid"
    file.write_text(f"{terminal.process.pid}\n")
    before = psutil.Process(terminal.process.pid).create_time() - 3600
    os.utime(file, (before, before))
    state = terminal.manager(port=0, pid_file=file).status()
    assert (state.state, state.pid) == ("exited", None)
    assert f"its number now belongs to another one ({sys.executable}" in state.detail


def test_a_pid_file_of_another_program_is_out_of_date(terminal: Terminal) -> None:
    """Its command is not the one that the service is started by; the port finds the right process."""
    file = terminal.folder / "shop.pid"
    file.write_text(f"{os.getpid()}\n")
    state = terminal.manager(pid_file=file, start="node server.js").status()
    assert state.pid == terminal.process.pid
    assert f"process {os.getpid()} is not `node server.js`" in state.detail


def test_an_ended_process(terminal: Terminal) -> None:
    """Not running, and the PID file tells of the one there was."""
    file = terminal.folder / "shop.pid"
    file.write_text(f"{terminal.process.pid}\n")
    manager = terminal.manager(pid_file=file)
    terminal.end()
    assert (manager.status().state, manager.find()) == ("exited", False)
    assert "since then: process" in manager.events()[0].text
    with pytest.raises(ManagerError, match="has to start it"):
        manager.start()
    manager.stop()


@pytest.mark.parametrize("text", ["", "none", "0", "-5"])
def test_a_pid_file_that_holds_none(terminal: Terminal, text: str) -> None:
    """The message names the file and what stands in it."""
    file = terminal.folder / "shop.pid"
    file.write_text(text)
    with pytest.raises(ManagerError, match="holds no process id"):
        terminal.manager(pid_file=file).status()


def test_nothing_to_find_it_by(terminal: Terminal) -> None:
    """Neither port nor PID file: the message names the keys."""
    with pytest.raises(ConfigError, match="neither `pid_file` nor `port`"):
        terminal.manager(port=0).status()


def test_its_logs_are_the_configured_files(terminal: Terminal) -> None:
    """What it prints goes to its terminal; without files the message says how to have some."""
    with pytest.raises(ManagerError, match="tee -a FILE"):
        terminal.manager().logs(5)
    (terminal.folder / "shop.log").write_text("one\ntwo\n")
    assert terminal.manager(logs=(Path("shop.log"),)).logs(1) == ["two"]
