"""The manual at the keyboard: is it sound, what is in it."""

from __future__ import annotations

import sys

from cyclopts import App

from tixmaster.cli.output import console, print_json


def register(app: App) -> None:
    """Adds `tix sop lint|list|show`."""
    sop = App(name="sop", help="The manual SOP-MON-001: lint, list, show.")
    sop.command(lint)
    sop.command(list_runbooks, name="list")
    sop.command(show)
    app.command(sop)


def lint(*, json: bool = False) -> int:
    """Check every document of the manual: steps, conditions, causes, remedies.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.oncall.errors import SopError
    from tixmaster.oncall.sop.library import load
    from tixmaster.stack import config

    loaded = config.load()
    folder = loaded.sop
    problems: tuple[str, ...] = ()
    count = 0
    try:
        count = len(load(folder, loaded.service_names).documents)
    except SopError as error:
        problems = error.problems
    if json:
        print_json({"ok": not problems, "problems": list(problems)})
    elif problems:
        for problem in problems:
            console().print(f"[red]✗[/red] {problem}", soft_wrap=True)
    else:
        console().print(f"[green]✓[/green] {count} documents in {folder}")
    return 1 if problems else 0


def list_runbooks(*, json: bool = False) -> int:
    """List the runbooks: for which alert, how many steps and decision rows.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from rich.table import Table

    from tixmaster.oncall.sop.library import load
    from tixmaster.stack import config

    loaded = config.load()
    runbooks = load(loaded.sop, loaded.service_names).runbooks.values()
    if json:
        print_json(
            {
                "runbooks": [
                    {
                        "alert": item.alert,
                        "title": item.title.both(),
                        "file": item.path.name,
                        "steps": [step.id for step in item.steps],
                        "causes": sorted({row.cause for row in item.decisions}),
                    }
                    for item in runbooks
                ]
            }
        )
        return 0
    table = Table.grid(padding=(0, 2))
    for item in runbooks:
        table.add_row(
            item.alert, item.title.en, item.title.zh_tw, f"{len(item.steps)} steps", f"{len(item.decisions)} decisions"
        )
    console().print(table)
    return 0


def show(alert: str, /) -> int:
    """Print the runbook of an alert as it stands in the file.

    Parameters
    ----------
    alert
        For example HighErrorRate; an unknown one shows the runbook it would get.
    """
    from rich.markdown import Markdown

    from tixmaster.oncall.sop.library import Library
    from tixmaster.stack import config

    loaded = config.load()
    text = Library(loaded.sop, loaded.service_names).runbook_for(alert).text
    body = text.split("---", 2)[2]
    if sys.stdout.isatty():
        console().print(Markdown(body))
    else:
        print(body.strip())
    return 0
