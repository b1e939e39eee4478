"""The first tixmaster.toml (`tix init`): looks around, says what it found, writes the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from tixmaster.cli.output import console, print_json

if TYPE_CHECKING:
    from tixmaster.stack.discover.survey import Survey


def register(app: App) -> None:
    """Adds `tix init`."""
    app.command(init)


def init(*, force: bool = False, dry_run: bool = False, json: bool = False) -> int:
    """Look around on this machine (Docker, PM2, systemd, listening ports, log files) and write a first tixmaster.toml here.

    Parameters
    ----------
    force
        Replace a tixmaster.toml that is there already; the old one is kept as tixmaster.toml.bak.
    dry_run
        Only show what would be written.
    json
        Print one JSON document.
    """
    from datetime import UTC, datetime

    from tixmaster.stack import ports, strays
    from tixmaster.stack.config import CONFIG_NAME, Config
    from tixmaster.stack.discover import file
    from tixmaster.stack.discover.survey import look_around

    path = Path.cwd() / CONFIG_NAME
    if not dry_run:
        file.refuse_if_there(path, force=force)
    with console().status("looking around"):
        here = strays.running(Config(root=path.parent, path=path))
        survey = look_around(frozenset(pid for item in here for pid in ports.family(item.process.pid)))
    text = file.render(survey, path.parent, datetime.now(UTC).astimezone().date())
    if not dry_run:
        file.write(text, path)
    if json:
        found = [file.as_json(item) for item in survey.proposals]
        looks = [{"source": item.source, "said": item.said} for item in survey.looks]
        print_json(
            {"ok": True, "path": str(path), "written": not dry_run, "looks": looks, "services": found, "text": text}
        )
    else:
        _print(survey, text if dry_run else None, path)
    return 0


def _print(survey: Survey, text: str | None, path: Path) -> None:
    import os

    from rich.table import Table

    from tixmaster.stack.config import CONFIG_VARIABLE

    out = console()
    for look in survey.looks:
        out.print(f"  {look.source:<10} {look.said}", markup=False)
    table = Table.grid(padding=(0, 2))
    for item in survey.proposals:
        place = f"{item.service.host}:{item.service.port}" if item.service.port else "–"
        remarks = f"{len(item.checks)} to check" if item.checks else ""
        logs = f"{len(item.service.logs)} log files" if item.service.logs else ""
        table.add_row("", item.short_name, item.service.manager, place, item.service.health or "", logs, remarks)
    out.print(f"services found: {len(survey.proposals)}")
    out.print(table)
    if text is not None:
        out.print(f"would write {path}:\n", markup=False)
        print(text, end="")
        return
    out.print(f"wrote {path}", markup=False)
    out.print("  what to do  read it (each guess is marked “check”), then: tix status")
    if (other := os.environ.get(CONFIG_VARIABLE)) and Path(other).resolve() != path:
        out.print(f"  commands read {other} while {CONFIG_VARIABLE} says so; to use the new file:", markup=False)
        out.print(f"    export {CONFIG_VARIABLE}={path}", markup=False)
