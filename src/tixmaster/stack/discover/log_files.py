"""Log files of a service: those its processes hold open, and those near its working directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

MOST = 6
PATTERNS = ("logs/*.log", "log/*.log", "*.log", "backend/logs/*.log")


def near(folder: Path | None, pids: Iterable[int]) -> tuple[Path, ...]:
    """The log files, the newest first, at most `MOST`."""
    found = {path.resolve() for path in (*_open(pids), *_beside(folder)) if path.is_file()}
    return tuple(sorted(found, key=_age)[:MOST])


def error_log(logs: Iterable[Path]) -> Path | None:
    """The one that holds errors only, by its name."""
    return next((path for path in logs if "error" in path.name.lower()), None)


def _open(pids: Iterable[int]) -> Iterator[Path]:
    for pid in pids:
        with suppress(psutil.Error, OSError):
            yield from (Path(item.path) for item in psutil.Process(pid).open_files() if item.path.endswith(".log"))


def _beside(folder: Path | None) -> Iterator[Path]:
    """Not in the root folder nor in a home, where everybody's logs lie."""
    if folder is None or folder in (Path("/"), Path.home(), Path("/tmp")):  # noqa: S108
        return
    for pattern in PATTERNS:
        with suppress(OSError):
            yield from folder.glob(pattern)


def _age(path: Path) -> float:
    with suppress(OSError):
        return -path.stat().st_mtime
    return 0.0
