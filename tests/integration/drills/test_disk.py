"""The small file system of the drill disk-full, really mounted, and gone however the drill ends."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.looking import looking

from tixmaster.drills import disk
from tixmaster.stack.config import Config

FILLING = """
import sys, time
from pathlib import Path
from tixmaster.drills.disk import small_disk
with small_disk(Path(sys.argv[1])):
    print("mounted", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Logs, on a machine on which the drill can be played."""
    if reason := disk.DISK_FULL.prevented():
        pytest.skip(reason)
    (tmp_path / "combined.log").write_text("before\n")
    return tmp_path


def test_it_is_small_runs_full_and_hides_what_was_there_for_a_while(folder: Path) -> None:
    """A write beyond its size fails as on any full disk."""
    with disk.small_disk(folder):
        assert list(folder.iterdir()) == []
        with pytest.raises(OSError, match="No space left") as full:
            (folder / "old-logs.tar").write_bytes(bytes((disk.MEGABYTES + 1) * 2**20))
        assert full.value.errno == errno.ENOSPC
    assert (folder / "combined.log").read_text() == "before\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_goes_with_the_drill_that_was_killed(folder: Path, number: signal.Signals) -> None:
    """The watcher takes it away when nobody is left to say so."""
    with subprocess.Popen([sys.executable, "-c", FILLING, str(folder)], stdout=subprocess.PIPE, text=True) as drill:
        assert drill.stdout is not None
        assert drill.stdout.readline() == "mounted\n"
        assert os.path.ismount(folder)
        drill.send_signal(number)
    end = time.monotonic() + 120
    while os.path.ismount(folder):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert (folder / "combined.log").read_text() == "before\n"


@pytest.mark.usefixtures("folder")
def test_the_manual_s_step_sees_it_under_the_logs(tmp_path: Path) -> None:
    """However much room there is where the rest of the state lies."""
    config = Config(root=tmp_path)
    logs = config.var / "backend" / "logs"
    logs.mkdir(parents=True)
    assert looking(config)("disk", service="backend", free_ratio_above=0).status == "ok"
    with disk.small_disk(logs):
        (logs / "old-logs.tar").write_bytes(bytes((disk.MEGABYTES - disk.LEFT_MEGABYTES) * 2**20))
        found = looking(config)("disk", service="backend")
        assert (found.status, found.value["path"]) == ("failed", str(logs))
