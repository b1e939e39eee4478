"""A state that is damaged, backed up and restored, on the whole process and at the command line."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tixmaster.stack import health
from tixmaster.stack.health import Health

from .conftest import Alert, Oncall, eventually


def _tix(oncall: Oncall, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tixmaster", *arguments],
        env={**os.environ, "TIXMASTER_CONFIG": str(oncall.config.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def _state(oncall: Oncall) -> Path:
    return oncall.config.var / "oncall" / "oncall.sqlite"


def _destroy(file: Path) -> int:
    """Overwrites all but the first two pages, in place; the open descriptor, which must live as long as on-call."""
    descriptor = os.open(file, os.O_WRONLY)
    os.pwrite(descriptor, b"\xff" * (file.stat().st_size - 8192), 8192)
    return descriptor


def test_damage_is_named_and_a_restore_brings_the_incidents_back(oncall: Oncall) -> None:
    """On-call refuses to start on it and says what to do; doing that helps, and no number is given twice."""
    before = oncall.open(Alert(name="InstanceDown"))
    name = json.loads(_tix(oncall, "backup", "--json").stdout)["name"]
    after = oncall.open(Alert(name="ServiceDown", service="redis"))

    refused = _tix(oncall, "restore")
    assert (refused.returncode, "on-call is running" in refused.stderr) == (1, True)

    oncall.kill()
    with closing(sqlite3.connect(_state(oncall))) as connection:
        connection.execute(
            "PRAGMA wal_checkpoint(TRUNCATE)"
        )  # else SQLite takes the first page from its log, and is well
    with _state(oncall).open("r+b") as file:
        file.write(b"\0" * 100)
    start = _tix(oncall, "serve", "oncall")
    assert start.returncode == 3
    assert start.stderr.startswith(f"✗ on-call's state is damaged: {_state(oncall)}: ")
    assert f"tix restore {name}" in start.stderr

    restored = _tix(oncall, "restore", name)
    assert restored.returncode == 0, restored.stderr
    oncall.start()
    assert before in {item["id"] for item in oncall.client.incidents()}
    assert after not in {item["id"] for item in oncall.client.incidents()}
    again = oncall.open(Alert(name="ServiceDown", service="redis"))
    assert int(again.removeprefix("INC-")) > int(after.removeprefix("INC-"))


def test_damage_while_running_is_told_by_health(oncall: Oncall) -> None:
    """A page that is asked for meets it first; from then on health names the file and the command."""
    _tix(oncall, "backup")
    oncall.open(Alert(name="InstanceDown"))
    oncall.kill()
    oncall.start()  # folds the write-ahead log in: what is overwritten now is what will be read
    descriptor = _destroy(_state(oncall))
    oncall.post(b'{"version": "4", "alerts": []}')

    def named() -> Health | None:
        found = health.probe(oncall.config, "oncall")
        return found if not found.healthy and "tix restore" in found.detail else None

    assert str(_state(oncall)) in eventually(named).detail
    os.close(descriptor)
    oncall.kill()
    assert _tix(oncall, "restore").returncode == 0
    oncall.start()
