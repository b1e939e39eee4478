"""A disk that runs full: a small file system of its own under the backend's logs, so that nothing else can run full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tixmaster.drills.drill import Drill
from tixmaster.drills.errors import DrillError
from tixmaster.drills.scene import Scene

MEGABYTES = 64
LEFT_MEGABYTES = 2
"""Room left when the old logs lie there: less than the twentieth that DiskWillFill asks for."""
MOUNT_SECONDS = 10.0
WATCHER = 'read -r _; umount -l "$1"'
"""Takes the file system away when the drill says so, or is gone: its end of the pipe closes however it ends."""


def _prevented() -> str | None:
    if sys.platform == "linux" and os.geteuid() == 0:
        return None
    return "it mounts a small file system, which only root on Linux may"


@contextmanager
def _logs_fill_their_disk(scene: Scene) -> Iterator[None]:
    """Somebody has left a copy of old logs where the new ones are written."""
    folder = scene.config.var / "backend" / "logs"
    with small_disk(folder):
        (folder / "old-logs.tar").write_bytes(bytes((MEGABYTES - LEFT_MEGABYTES) * 2**20))
        yield


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system in memory, mounted over the folder; what was there is there again afterwards."""
    watcher = subprocess.Popen(
        ["sh", "-c", WATCHER, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is meant for the drill
    )
    try:
        _mount(folder)
        yield
    finally:
        _, said = watcher.communicate(timeout=MOUNT_SECONDS)
    if watcher.returncode:
        raise DrillError(f"the drill's file system is still mounted ({said.decode().strip()}): umount -l {folder}")


def _mount(folder: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0700", "tixmaster-drill", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=MOUNT_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise DrillError(f"cannot mount a small file system over {folder}: {said.strip()}") from error


DISK_FULL = Drill(
    name="disk-full",
    title="old logs fill the disk of the backend's logs",
    title_zh="舊 Log 塞滿後端 Log 所在的磁碟",
    cause="disk-full",
    event=_logs_fill_their_disk,
    prevented=_prevented,
)
