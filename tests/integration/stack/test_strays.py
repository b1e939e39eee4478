"""A system whose state folder is gone while it runs: found by its command lines, and stopped by `tix down`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.system import placed, tix

from tixmaster.stack import strays
from tixmaster.stack.config import Config
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.managers.supervisor.rpc import call


def move(config: Config) -> None:
    """`mv var elsewhere`."""
    config.var.rename(config.root / "elsewhere")


def delete(config: Config) -> None:
    """`rm -r var`."""
    shutil.rmtree(config.var, ignore_errors=True)


def kill(config: Config) -> None:
    """`kill -9` of supervisord: its programs go on."""
    os.kill(int(call(config, "getPID")), signal.SIGKILL)


LONG = "x" * 100
"""With a folder of this name the socket of supervisord lies outside the state folder, and stays when that goes."""


@pytest.mark.parametrize(("harm", "folder"), [(move, "short"), (delete, LONG), (kill, "short")])
def test_down_finds_what_runs_and_stops_it(folder: str, harm: Callable[[Config], None]) -> None:
    """`tix status` and `tix up` say what runs; afterwards no process is left, and a second `tix down` says so."""
    with tempfile.TemporaryDirectory(prefix="tix-") as place:
        root = Path(place) / folder
        root.mkdir()
        _harmed(placed(root, 'timing = "drill"'), harm)


def _harmed(config: Config, harm: Callable[[Config], None]) -> None:
    try:
        assert tix(config, "up").returncode == 0
        whole = [item for found in strays.running(config) for item in (found.process, *found.process.children(True))]
        assert {"supervisord", "backend", "oncall", "postgres"} <= {item.name for item in strays.running(config)}
        harm(config)
        seen = tix(config, "status", "--json")
        document = json.loads(seen.stdout)
        assert (seen.returncode, document["ok"]) == (1, False)
        assert {"backend", "oncall"} <= {item["name"] for item in document["strays"]}
        assert "move the folder back" in tix(config, "status").stdout
        up = tix(config, "up")
        assert up.returncode == 1
        assert "stop them with `tix down`" in up.stderr
        down = tix(config, "down")
        assert down.returncode == 0, down.stderr
        assert "found by their command lines" in down.stdout
        assert not [item for item in whole if item.is_running() and item.status() != psutil.STATUS_ZOMBIE]
        assert tix(config, "down").stdout == "nothing was running\n"
    finally:
        strays.stop(config, print)


def test_what_somebody_else_started_is_left_alone(tmp_path: Path) -> None:
    """The same program for another file, one that a person started by hand, and one with the words somewhere in its text."""
    config = placed(tmp_path)
    words = str(daemon.config_path(config))
    hand = {**os.environ, "TIXMASTER_CONFIG": str(config.path)}
    other = hand | {"TIXMASTER_CONFIG": "/elsewhere/tixmaster.toml", "SUPERVISOR_PROCESS_NAME": "tixmaster-mail"}
    serve = [sys.executable, "-m", "tixmaster", "serve", "mail"]
    commands: list[tuple[list[str], dict[str, str]]] = [
        (serve, hand),
        ([sys.executable, "-c", "import signal; signal.pause()", "supervisord", "-c", words], hand),
        ([sys.executable, "-c", "import signal; signal.pause()", f"--config.file={words}"], other),
    ]
    started = [subprocess.Popen(command, env=environment) for command, environment in commands]
    try:
        assert strays.find(config) == []
        assert not strays.stop(config, print)
        assert [one.poll() for one in started] == [None, None, None]
    finally:
        for one in started:
            one.kill()
            one.wait(10)
