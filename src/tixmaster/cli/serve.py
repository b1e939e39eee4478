"""The processes that the service manager runs: `tix serve backend|oncall|mail`, each until SIGTERM."""

from __future__ import annotations

import sys

from cyclopts import App


def register(app: App) -> None:
    """Adds `tix serve …`, which people have no need of and `--help` does not list."""
    group = App(name="serve", show=False)
    group.command(backend)
    group.command(oncall)
    group.command(mail)
    app.command(group)


def backend() -> None:
    """The box office, configured by BOXOFFICE_… variables."""
    _log_plainly()
    from tixmaster.boxoffice import server

    server.serve()


def oncall() -> None:
    """On-call and its console."""
    _log_plainly()
    from tixmaster.console import server
    from tixmaster.drills import DRILLS
    from tixmaster.stack import config

    server.serve(config.load(), DRILLS)


def mail() -> None:
    """The mail catcher."""
    _log_plainly()
    import signal
    import threading

    from tixmaster.stack import config
    from tixmaster.stack import mail as catcher

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    catcher.serve(config.load(), until=ended)


def _log_plainly() -> None:
    """Keeps structlog and httpx from importing what they print in colours with, wherever it is installed: our logs are JSON,
    and it would take 15 MB of each process."""
    for name in ("rich", "pygments"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # by which Python says that there is none
