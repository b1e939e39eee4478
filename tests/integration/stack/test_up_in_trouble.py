"""`tix up` where something is in the way: each test has a system of its own, and no other runs beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from tests.system import placed, processes, tix

from tixmaster.stack.config import Config
from tixmaster.stack.start import HEALTHY_SECONDS

DRILL = 'timing = "drill"'


def ill(config: Config) -> list[str]:
    """The services that are not healthy."""
    services = json.loads(tix(config, "status", "--json").stdout)["services"]
    return [item["name"] for item in services if not item["healthy"]]


def test_an_interrupted_up_can_be_taken_up_again(tmp_path: Path) -> None:
    """Ctrl-C ends it at once; the next one finishes; down stops it all, and a second down has nothing to do."""
    config = placed(tmp_path, DRILL)
    command = [sys.executable, "-m", "tixmaster", "up"]
    environment = {**os.environ, "TIXMASTER_CONFIG": str(config.path)}
    try:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            first.stdout.readline()
            first.send_signal(signal.SIGINT)
            assert first.wait(120) == 130
        assert tix(config, "up").returncode == 0
        pids = [pid for pid in processes(config).values() if pid]
    finally:
        down = tix(config, "down")
    assert "stopped" in down.stdout
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    second = tix(config, "down")
    assert (second.returncode, second.stdout) == (0, "nothing was running\n")


def test_a_service_that_cannot_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    """The others are up; the exit code says that not all is well."""
    config = placed(tmp_path, DRILL)
    (config.var / "mail").parent.mkdir(parents=True)
    (config.var / "mail").write_text("in the way of the Maildir")
    try:
        done = tix(config, "up")
        assert done.returncode == 1
        assert "tixmaster-mail is not healthy" in done.stderr
        assert done.stderr.count("is not healthy") == 1, done.stderr
        assert "`tix logs mail` shows more" in done.stderr
        deadline = time.monotonic() + 120
        while ill(config) != ["tixmaster-mail"]:
            assert time.monotonic() < deadline, ill(config)
    finally:
        tix(config, "down")


def test_a_service_that_ends_late_is_not_waited_for(tmp_path: Path) -> None:
    """One that lives longer than Supervisor looks at it, and ends each time: said long before the two minutes are over."""
    config, slow = placed(tmp_path, DRILL), tmp_path / "slow"
    slow.mkdir()
    (slow / "sitecustomize.py").write_text(
        "import sys, time\nif sys.orig_argv[-1] == 'mail':\n    time.sleep(2)\n    sys.exit('no room for letters')\n"
    )
    try:
        began = time.monotonic()
        done = tix(config, "up", PYTHONPATH=str(slow))
        assert time.monotonic() - began < HEALTHY_SECONDS
        assert done.returncode == 1
        assert "tixmaster-mail is not healthy" in done.stderr
        assert "no room for letters" in done.stderr
    finally:
        tix(config, "down")


def test_without_prometheus_the_rest_is_up_and_the_cost_is_said(tmp_path: Path) -> None:
    """On a machine without a package manager; it is no failure, and status says what is not there."""
    config, programs = placed(tmp_path, DRILL), tmp_path / "bin"
    programs.mkdir()
    if setpriv := shutil.which("setpriv"):
        (programs / "setpriv").symlink_to(setpriv)
    try:
        done = tix(config, "up", PATH=str(programs))
        assert done.returncode == 0, done.stderr
        assert "prometheus is not installed: no metrics are kept, no alert fires" in done.stdout
        assert "what to do  install prometheus and alertmanager with this system's package manager" in done.stdout
        found = json.loads(tix(config, "status", "--json", PATH=str(programs)).stdout)
        ill = {item["name"] for item in found["services"] if not item["healthy"]}
        assert ill == {"tixmaster-prometheus", "tixmaster-alertmanager"}
    finally:
        tix(config, "down")
