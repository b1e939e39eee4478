"""The stack at the keyboard: up, down, status, restart, logs, check db (SOP 3.1, 3.3, 3.4)."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tixmaster.stack.config import Config
    from tixmaster.stack.status import ServiceStatus
    from tixmaster.stack.up import Brought

FOLLOW_SECONDS = 0.2
MONITORING = ("prometheus", "alertmanager")


def register(app: App, check: App) -> None:
    """Adds the commands."""
    app.command(up)
    app.command(down)
    app.command(status)
    app.command(restart)
    app.command(logs)
    check.command(check_db, name="db")


def up(*, timing: Literal["standard", "drill"] | None = None, foreground: bool = False) -> int:
    """Start everything and return when all of it is healthy.

    Parameters
    ----------
    timing
        The monitoring's durations: `drill` has seconds where `standard` has minutes.
    foreground
        Stay, print the logs, and stop everything at Ctrl-C.
    """
    import msgspec

    from tixmaster.stack import config as configuration
    from tixmaster.stack import up as stack

    config = configuration.load()
    if timing:
        config = msgspec.structs.replace(config, timing=timing)
    console = _console()
    began = time.monotonic()
    with console.status("starting"):
        brought = stack.up(config, lambda line: console.print(f"  {line}", highlight=False, markup=False))
    console.print(f"[green]all healthy[/green] after {time.monotonic() - began:.1f} s", highlight=False)
    _print_addresses(console, config, brought)
    if foreground:
        _stream(config)
    return 0


def down() -> int:
    """Stop what `tix up` started, and nothing else. Data stays."""
    from tixmaster.stack import config as configuration
    from tixmaster.stack import up as stack

    ran = stack.down(configuration.load())
    _console().print("stopped; data is kept in var/" if ran else "nothing was running", highlight=False)
    return 0


def status(*, json: bool = False) -> int:
    """Show how every service is.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack.status import status_all

    found = status_all(configuration.load())
    well = all(item.healthy for item in found)
    if json:
        _print_json({"ok": well, "services": [item.as_json() for item in found]})
    else:
        _print_status(found)
    return 0 if well else 1


def restart(service: str, /) -> int:
    """Restart a service (SOP 3.4) through whoever keeps it running, and wait until it is healthy.

    Parameters
    ----------
    service
        backend, postgres, prometheus, alertmanager, oncall, mail, or `monitoring` for Prometheus and Alertmanager (SOP 3.2).
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack import health
    from tixmaster.stack.errors import ConfigError
    from tixmaster.stack.managers import manager_of

    config = configuration.load()
    wanted = MONITORING if service == "monitoring" else (service.removeprefix("tixmaster-"),)
    unknown = [name for name in wanted if name not in configuration.SERVICE_NAMES]
    if unknown:
        raise ConfigError(f"there is no service {unknown[0]!r}; there are {', '.join(configuration.SERVICE_NAMES)}")
    failed = False
    for name in wanted:
        said = manager_of(config, name).restart()
        well = health.wait(config, name, config.oncall.remedy.verify_seconds)
        failed = failed or not well.healthy
        _console().print(f"{_mark(well.healthy)} tixmaster-{name}: {said}; {well.detail}", highlight=False)
    return 1 if failed else 0


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
    name = service.removeprefix("tixmaster-")
    path = files.error_log(config, name) if errors else next(iter(files.files(config, name)), None)
    if path is None or not path.is_file():
        raise UnreachableError(
            f"tixmaster-{name} has written no log in {config.var} yet; `tix status` says whether it runs"
        )
    for line in files.tail(path, lines):
        print(line)
    if follow:
        _follow(path)
    return 0


def check_db(*, json: bool = False) -> int:
    """Check the database (SOP 3.3): port, process, log-in, connections.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack.database import check

    findings = check(configuration.load())
    well = all(item.ok for item in findings)
    if json:
        _print_json({"ok": well, "checks": [item.as_json() for item in findings]})
    else:
        console = _console()
        for item in findings:
            console.print(f"{_mark(item.ok)} {item.what:<10} {item.detail}", highlight=False)
        if not well:
            console.print("  what to do tix restart postgres      (SOP 3.3, 3.4)", highlight=False)
    return 0 if well else 1


def _print_addresses(console: Console, config: Config, brought: Brought) -> None:
    from rich.table import Table

    from tixmaster.stack import secrets

    table = Table.grid(padding=(0, 2))
    rows = [
        (
            "storefront",
            config.url("backend"),
            "administrator admin@tixmaster.invalid, password in var/secrets/admin-password",
        ),
        ("console", config.url("oncall"), "log in as admin"),
        ("Prometheus", config.url("prometheus"), ""),
        ("Alertmanager", config.url("alertmanager"), ""),
    ]
    for row in rows:
        table.add_row("", *row)
    console.print(table)
    if password := secrets.show_once(config, "console-password"):
        console.print(f"\n  console password, shown this once: [bold]{password}[/bold]\n", highlight=False)
    for package in brought.missing:
        console.print(f"[yellow]![/yellow] {package.service} is not installed: {package.cost}.", highlight=False)
    if brought.missing:
        from tixmaster.stack import packages

        console.print(f"  what to do  {packages.advice(brought.missing)}; then tix up again", highlight=False)
    console.print("  Grafana is optional; the console shows each incident's graphs. Try: tix drill run instance-down")


def _print_status(found: list[ServiceStatus]) -> None:
    from rich.table import Table

    ill = sum(not item.healthy for item in found)
    console = _console()
    console.print(
        f"TixMaster  {'[green]all healthy[/green]' if not ill else f'[red]{ill} not healthy[/red]'}", highlight=False
    )
    table = Table.grid(padding=(0, 2))
    for item in found:
        since = f"up {_span(item.started_at)}" if item.started_at else ""
        word = "[green]healthy[/green]" if item.healthy else f"[red]{item.state}[/red]"
        table.add_row(
            "", item.short_name, word, item.address, item.manager, since, "" if item.healthy and since else item.detail
        )
    console.print(table)
    if ill:
        console.print("  what to do  tix logs SERVICE --errors   tix restart SERVICE   tix up", highlight=False)


def _span(since: datetime) -> str:
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _stream(config: Config) -> None:
    """Follows every service's log until Ctrl-C, then stops the stack."""
    from threading import Thread

    from tixmaster.stack import logs as files
    from tixmaster.stack import up as stack
    from tixmaster.stack.config import SERVICE_NAMES

    for name in SERVICE_NAMES:
        for path in files.files(config, name)[:1]:
            Thread(target=_follow, args=(path, f"{name:<13}"), daemon=True).start()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        stack.down(config)


def _follow(path: Path, prefix: str = "") -> None:
    """Prints what is appended to the file; a file that was rotated away is opened anew."""
    file = path.open(encoding="utf-8", errors="replace")
    file.seek(0, 2)
    while True:
        line = file.readline()
        if line:
            print(f"{prefix}{line}", end="", flush=True)
            continue
        time.sleep(FOLLOW_SECONDS)
        if path.is_file() and path.stat().st_ino != _inode(file.fileno()):
            file.close()
            file = path.open(encoding="utf-8", errors="replace")


def _inode(descriptor: int) -> int:
    import os

    return os.fstat(descriptor).st_ino


def _mark(ok: bool) -> str:
    return "[green]✓[/green]" if ok else "[red]✗[/red]"


def _console() -> Console:
    from rich.console import Console

    return Console(file=sys.stdout, soft_wrap=True)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False))
