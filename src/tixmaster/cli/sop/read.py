"""`tix sop lint`, `list`, `show` and `schema`: the documents as they are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tixmaster.cli.output import console, print_json

if TYPE_CHECKING:
    from tixmaster.oncall.sop.lint import Report
    from tixmaster.oncall.sop.problem import Problem


def lint(*, json: bool = False) -> int:
    """Check every document of the manual: steps, conditions, causes, remedies, translations, commands.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.oncall.checks import plugins
    from tixmaster.oncall.sop import lint as linter
    from tixmaster.stack import config

    loaded = config.load()
    report = linter.lint(loaded.sop, loaded.service_names)
    packages = [str(item) for item in plugins.problems()]
    ok = report.ok and not packages
    if json:
        problems = [("error", item) for item in report.errors] + [("warning", item) for item in report.warnings]
        told = [{**item.as_json(), "kind": kind} for kind, item in problems]
        print_json({"ok": ok, "problems": told, "packages": packages})
    else:
        _print_report(report, packages, loaded.sop)
    return 0 if ok else 1


def _print_report(report: Report, packages: list[str], folder: Path) -> None:
    out = console()
    for package in packages:
        out.print(f"[red]✗[/red] {package}", soft_wrap=True, highlight=False)
    for item in report.errors:
        out.print(f"[red]✗[/red] {as_line(item)}", soft_wrap=True)
    for item in report.warnings:
        out.print(f"[yellow]![/yellow] {as_line(item)}", soft_wrap=True)
    if report.ok:
        out.print(f"[green]✓[/green] {report.documents} documents in {folder}")
    if report.errors:
        out.print(f"{len(report.errors)} errors: on-call does not take this manual in")
    if report.warnings:
        out.print(f"{len(report.warnings)} warnings: on-call takes it; people who read it miss something")


def as_line(problem: Problem) -> str:
    """A problem with its file as seen from here, with nothing in it taken for markup."""
    from rich.markup import escape

    here = Path.cwd()
    file = problem.file.relative_to(here) if problem.file.is_relative_to(here) else problem.file
    return escape(f"{file}:{problem.line}: {problem.what}; {problem.write}")


def list_runbooks(*, json: bool = False) -> int:
    """List the runbooks (for which alert, how many steps and decision rows) and the procedures.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from rich.table import Table

    from tixmaster.oncall.sop.folder import taken_in
    from tixmaster.oncall.sop.library import load
    from tixmaster.stack import config

    loaded = config.load()
    manual = load(loaded.sop, loaded.service_names)
    runbooks = manual.runbooks.values()
    procedures = {name: list(taken_in(item, manual.procedures)) for name, item in manual.procedures.items()}
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
                ],
                "procedures": [
                    {
                        "name": name,
                        "title": manual.procedures[name].head.title.both(),
                        "file": f"{manual.procedures[name].path.parent.name}/{manual.procedures[name].path.name}",
                        "steps": [step.id for step in steps],
                    }
                    for name, steps in procedures.items()
                ],
            }
        )
        return 0
    table = Table.grid(padding=(0, 2))
    for item in runbooks:
        table.add_row(
            item.alert, item.title.en, item.title.zh_tw, f"{len(item.steps)} steps", f"{len(item.decisions)} decisions"
        )
    for name, steps in procedures.items():
        title = manual.procedures[name].head.title
        table.add_row(name, title.en, title.zh_tw, f"{len(steps)} steps", "procedure")
    console().print(table)
    return 0


def show(name: str, /) -> int:
    """Print a runbook or a procedure as it stands in its file.

    Parameters
    ----------
    name
        An alert, for example HighErrorRate, or a procedure; an unknown alert shows the runbook it would get.
    """
    from rich.markdown import Markdown

    from tixmaster.oncall.sop.library import Library
    from tixmaster.stack import config

    loaded = config.load()
    library = Library(loaded.sop, loaded.service_names)
    procedure = library.manual.procedures.get(name)
    text = procedure.text if procedure else library.manual.runbook(name).text
    body = text.split("---", 2)[2]
    if sys.stdout.isatty():
        console().print(Markdown(body))
    else:
        print(body.strip())
    return 0


def schema() -> int:
    """Print the JSON Schema of front matter, step blocks and recorded tests, for editors."""
    from tixmaster.oncall.sop.schema import text

    print(text(), end="")
    return 0
