"""Log files at the keyboard (SOP 3.1): the newest lines, and what comes."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from pathlib import Path

    from tixmaster.stack.config import Config

FOLLOW_SECONDS = 0.2


def register(app: App) -> None:
    """Adds `tix logs`."""
    app.command(logs)


def logs(
    service: str,
    /,
    *,
    errors: bool = False,
    lines: Annotated[int, Parameter(name=["--lines", "-n"])] = 50,
    follow: Annotated[bool, Parameter(name=["--follow", "-f"])] = False,
) -> int:
    """Print the newest log lines of a service (SOP 3.1).

    Parameters
    ----------
    service
        backend, postgres, prometheus, alertmanager, oncall or mail.
    errors
        Only its error log.
    lines
        How many.
    follow
        Stay and print what comes.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack import logs as files
    from tixmaster.stack.errors import UnreachableError

    config = configuration.load()
    name = config.short_name(service)
    path = files.error_log(config, name) if errors else next(iter(files.files(config, name)), None)
    if path is None or not path.is_file():
        raise UnreachableError(
            f"{config.full_name(name)} has written no log in {config.var} yet; `tix status` says whether it runs"
        )
    for line in files.tail(path, lines):
        print(line)
    if follow:
        _follow(path)
    return 0


def stream(config: Config) -> None:
    """Prints what every service logs from now on, until Ctrl-C."""
    from threading import Thread

    from tixmaster.stack import logs as files
    from tixmaster.stack.config import SERVICE_NAMES

    followers = [
        Thread(target=_follow, args=(path, f"{name:<13}"), daemon=True)
        for name in SERVICE_NAMES
        for path in files.files(config, name)[:1]
    ]
    for follower in followers:
        follower.start()
    for follower in followers:
        follower.join()


def _follow(path: Path, prefix: str = "") -> None:
    """Prints what is appended to the file; when the file is rotated away, goes on with the new one."""
    file = path.open(encoding="utf-8", errors="replace")
    file.seek(0, os.SEEK_END)
    while True:
        if line := file.readline():
            print(f"{prefix}{line}", end="", flush=True)
            continue
        time.sleep(FOLLOW_SECONDS)
        if path.is_file() and not os.path.samestat(path.stat(), os.fstat(file.fileno())):
            file.close()
            file = path.open(encoding="utf-8", errors="replace")
