"""Proof of speed at the keyboard: `tix bench onsale`."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from tixmaster.cli import output

if TYPE_CHECKING:
    from rich.console import Console

MET, MISSED = 0, 1


def register(app: App) -> None:
    """Adds `tix bench onsale`."""
    bench = App(
        name="bench", help="Measure the shipped configuration on this machine, beside what it is measured against."
    )
    bench.command(onsale)
    app.command(bench)


Few = Annotated[int, Parameter(validator=Number(gte=1, lte=60))]


def onsale(*, seconds: Few = 5, rounds: Few = 3, json: bool = False) -> int:
    """Sell one ticket type as fast as it goes, in turns with PostgreSQL's own rate on one row (pgbench). Two minutes.

    It runs a database and backends of its own in a temporary folder, and needs wrk (installed where we may).

    Parameters
    ----------
    seconds
        How long each round takes.
    rounds
        How many there are of each kind.
    json
        Print one JSON document; the progress goes to stderr.
    """
    from rich.console import Console

    from tixmaster.bench import report
    from tixmaster.bench.onsale import run

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: what was started is ended first
    screen = Console(stderr=True, highlight=False) if json else output.console()
    found = report.figures(run(seconds, rounds, lambda line: screen.print(line, markup=False, soft_wrap=True)))
    document = report.document(found)
    if json:
        output.print_json(document)
    else:
        _print(screen, found)
    return MET if document["ok"] else MISSED


def _print(screen: Console, found: dict[str, Any]) -> None:
    from rich.table import Table

    from tixmaster.bench import report

    machine = found["machine"]
    screen.print(
        f"\n{machine['cores']} cores, PostgreSQL {machine['postgresql']}, "
        f"synchronous_commit={machine['synchronous_commit']}, "
        f"fsync={machine['fsync']} by {machine['fsync_method']} ({machine['sync_ms']:.2f} ms a page)\n"
    )
    table = Table(box=None, pad_edge=False, header_style="")
    table.add_column("median of the rounds")
    for name in ("a second", "slowest–fastest", "p50", "p99"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in report.table(found):
        table.add_row(*row)
    screen.print(table)
    screen.print()
    for verdict in report.judge(found):
        screen.print(f"{output.mark(verdict.ok)} {verdict.name:<13} {verdict.detail}")
