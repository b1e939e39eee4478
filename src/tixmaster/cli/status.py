"""How the services are, at the keyboard: `tix status`, `tix check db` (SOP 3.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cyclopts import App

from tixmaster.cli.output import console, mark, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from tixmaster.stack.database import Finding
    from tixmaster.stack.status import ServiceStatus


def register(app: App, check: App) -> None:
    """Adds `tix status` and `tix check db`."""
    app.command(status)
    check.command(check_db, name="db")


def status(*, json: bool = False) -> int:
    """Show how every service is.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack import strays
    from tixmaster.stack.status import status_all

    config = configuration.load()
    found = status_all(config)
    astray = strays.find(config)
    well = all(item.healthy for item in found) and not astray
    if json:
        document = {"ok": well, "services": [item.as_json() for item in found]}
        print_json(document | {"strays": [{"name": item.name, "pid": item.process.pid} for item in astray]})
        return 0 if well else 1
    if not astray or any(item.state != "absent" for item in found):
        _print_status(found)
    if astray:
        out = console()
        out.print(f"Running, but not with the state folder {config.var}: {strays.listed(astray)}", markup=False)
        out.print("  what to do  move the folder back if it was moved, or stop them: tix down")
    return 0 if well else 1


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
        print_json({"ok": well, "checks": [item.as_json() for item in findings]})
    else:
        _print_findings(findings, well=well)
    return 0 if well else 1


def _print_status(found: list[ServiceStatus]) -> None:
    out = console()
    ill = [item for item in found if not item.healthy]
    if all(item.state == "absent" for item in found):
        out.print("TixMaster  not running\n  what to do  tix up")
        return
    out.print(f"TixMaster  [red]{len(ill)} not healthy[/red]" if ill else "TixMaster  [green]all healthy[/green]")
    out.print(_table(found))
    if ill:
        name = ill[0].short_name
        out.print(f"  what to do  tix logs {name}   tix restart {name}")


def _table(found: list[ServiceStatus]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for item in found:
        word = "[green]healthy[/green]" if item.healthy else f"[red]{_word(item)}[/red]"
        since = f"up {_span(item.started_at)}" if item.started_at else ""
        telling = not item.healthy or item.short_name == "postgres"
        table.add_row("", item.short_name, word, item.address, item.manager, since, escape(item.detail) * telling)
    return table


def _word(item: ServiceStatus) -> str:
    """`running` alone would sound well."""
    return "ill" if item.state == "running" else item.state


def _span(since: datetime) -> str:
    seconds = int((datetime.now(UTC) - since).total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def _print_findings(findings: list[Finding], *, well: bool) -> None:
    out = console()
    headline, *details = findings
    out.print(f"{mark(headline.ok)} {headline.detail}", markup=True)
    for item in details:
        out.print(f"  {item.what:<11}{item.detail}", markup=False)
    if not well:
        out.print("  what to do tix restart postgres      (SOP 3.3, 3.4)")
