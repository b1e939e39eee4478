"""Proof of speed at the keyboard: `tix bench onsale|intake|evidence|logs|console`."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from tixmaster.cli import output

if TYPE_CHECKING:
    from rich.console import Console

MET, MISSED = 0, 1
SLOWEST_SHOWN = 15


def register(app: App) -> None:
    """Adds `tix bench`."""
    bench = App(
        name="bench", help="Measure the shipped configuration on this machine, beside what it is measured against."
    )
    bench.command(onsale)
    bench.command(intake)
    bench.command(evidence)
    bench.command(logs)
    bench.command(console)
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


def intake(*, seconds: Few = 10, json: bool = False) -> int:
    """Send on-call alerts as fast as it takes them, then a storm; kill it; count what it kept. A minute.

    It runs an on-call of its own in a temporary folder on the disk.

    Parameters
    ----------
    seconds
        How long it is sent one alert a webhook, before the storm.
    json
        Print one JSON document; the progress goes to stderr.
    """
    from rich.console import Console

    from tixmaster.bench import intake as bench
    from tixmaster.stack import config

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    screen = Console(stderr=True, highlight=False) if json else output.console()
    outcome = bench.run(seconds, config.load().sop, lambda line: screen.print(line, markup=False, soft_wrap=True))
    found = bench.figures(outcome)
    document = bench.document(found)
    if json:
        output.print_json(document)
        return MET if document["ok"] else MISSED
    screen.print()
    for name, ok in bench.judge(found).items():
        target = (
            f"{'at least' if name in bench.AT_LEAST else 'at most'} {bench.TARGETS[name]:g}"
            if name in bench.TARGETS
            else ""
        )
        screen.print(f"{output.mark(ok)} {name:<17} {found[name]!s:>10}  {target}")
    screen.print(
        f"\n  SQLite by itself, a transaction an alert: {found['baseline_per_s']:,.0f} a second ({found['ratio']:g} ×)"
    )
    screen.print(f"  the storm was decided on {found['storm_absorbed_s']:g} s after its first alert")
    return MET if document["ok"] else MISSED


def evidence(*, megabytes: Annotated[int, Parameter(validator=Number(gte=1))] = 1000, json: bool = False) -> int:
    """From an alert's webhook to complete evidence, while the backend's log is 1 GB. Two minutes.

    It brings up a whole system of its own in a temporary folder on the disk, and needs ripgrep (installed where we may).

    Parameters
    ----------
    megabytes
        How large the log is. The target is for 1000.
    json
        Print one JSON document; the progress goes to stderr.
    """
    from rich.console import Console

    from tixmaster.bench import evidence as bench
    from tixmaster.stack import config

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    screen = Console(stderr=True, highlight=False) if json else output.console()
    manual = config.load().sop
    outcome = bench.run(megabytes * 1_000_000, manual, lambda line: screen.print(line, markup=False, soft_wrap=True))
    found = bench.figures(outcome)
    document = bench.document(found)
    if json:
        output.print_json(document)
        return MET if document["ok"] else MISSED
    screen.print()
    for name, ok in bench.judge(found).items():
        screen.print(f"{output.mark(ok)} {name:<13} {found[name]:>7}  at most {bench.TARGETS[name]:g}")
    for title, seconds in found["seconds_by_artefact"].items():
        screen.print(f"    {seconds:6.3f} s  {title}")
    screen.print(
        f"\n  plain tools on the same log and panels: {found['baseline_s']:.3f} s "
        f"(ripgrep and tail {found['ripgrep_s']:.3f} s, {found['panels']} panels {found['panels_s']:.3f} s)"
    )
    return MET if document["ok"] else MISSED


def logs(
    *, rounds: Few = 5, megabytes: Annotated[int, Parameter(validator=Number(gte=1))] = 1000, json: bool = False
) -> int:
    """Read the last five minutes of a 1 GB log, count its error signatures beside ripgrep counting lines, and group others.

    It writes the log to a temporary folder on the disk, and needs ripgrep (installed where we may).

    Parameters
    ----------
    rounds
        How many there are; each measures all in turn. Five take a minute.
    megabytes
        How large the log is. The targets are for 1000.
    json
        Print one JSON document; the progress goes to stderr.
    """
    from rich.console import Console

    from tixmaster.bench import logs as bench

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    screen = Console(stderr=True, highlight=False) if json else output.console()
    outcome = bench.run(rounds, megabytes * 1_000_000, lambda line: screen.print(line, markup=False, soft_wrap=True))
    found = bench.figures(outcome)
    document = bench.document(found)
    if json:
        output.print_json(document)
        return MET if document["ok"] else MISSED
    verdicts = bench.judge(found)
    screen.print(
        f"\n{found['log_bytes'] / 1e9:.2f} GB, {found['log_lines']:,} lines, {found['errors']:,} errors; medians:\n"
        f"{output.mark(verdicts['window_ms'])} last 5 minutes  {found['window_ms']:,.1f} ms for {found['window_entries']:,} "
        f"entries, at most {bench.TARGETS['window_ms']} ms\n"
        f"{output.mark(verdicts['ratio'])} signatures      {found['signatures_s']:.3f} s, {found['ratio']:g} × ripgrep's "
        f"{found['ripgrep_s']:.3f} s, at most {bench.TARGETS['ratio']} ×\n"
        f"{output.mark(verdicts['assign_lines_per_s'])} ids by line     {found['assign_lines_per_s']:,} lines a second of "
        f"{found['assign_line_bytes']} bytes, at least {bench.TARGETS['assign_lines_per_s']:,}\n"
        f"{output.mark(verdicts['grouping_accuracy'])} accuracy        {found['grouping_accuracy']:.1%} of the lines of "
        f"{len(found['grouping_accuracy_by_format'])} formats are grouped exactly, at least "
        f"{bench.TARGETS['grouping_accuracy']:.0%}\n"
        f"{output.mark(verdicts['found_exactly'])} found           everything that is in the log, and nothing else"
    )
    return MET if document["ok"] else MISSED


def console(
    *,
    rounds: Few = 20,
    incidents: Annotated[int, Parameter(validator=Number(gte=100))] = 10_000,
    open_pages: Annotated[int, Parameter(validator=Number(gte=10))] = 200,
    seconds: Few = 30,
    postgres: Annotated[bool, Parameter(negative="")] = False,
    json: bool = False,
) -> int:
    """Time every page of the console on years of incidents, its first paint, an event's way to it, and 200 open pages.

    It runs an on-call of its own in a temporary folder on the disk, and needs Chromium. Four minutes.

    Parameters
    ----------
    rounds
        How often each page is asked for.
    incidents
        How many are stored, with a hundred timeline rows each. The targets are for 10000.
    open_pages
        How many are held open. The target is for 200.
    seconds
        How long they are watched, in silence and while an incident changes.
    postgres
        Keep the state in a PostgreSQL instead of a SQLite file.
    json
        Print one JSON document; the progress goes to stderr.
    """
    from rich.console import Console

    from tixmaster.bench import console as bench
    from tixmaster.stack import config

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    screen = Console(stderr=True, highlight=False) if json else output.console()

    def say(line: str) -> None:
        screen.print(line, markup=False, soft_wrap=True)

    wanted = bench.Wanted(
        rounds=rounds, incidents=incidents, open_pages=open_pages, seconds=seconds, on_postgres=postgres
    )
    found = bench.figures(bench.run(wanted, config.load().sop, say))
    document = bench.document(found)
    if json:
        output.print_json(document)
        return MET if document["ok"] else MISSED
    screen.print()
    for name, ok in bench.judge(found).items():
        screen.print(f"{output.mark(ok)} {name:<22} {found[name]:>8}  at most {bench.TARGETS[name]:g}")
    screen.print("\n     first       p50       p99  first paint (ms)")
    slowest = sorted(found["pages"].items(), key=lambda item: -item[1]["p99_ms"])
    for path, times in slowest[:SLOWEST_SHOWN]:
        row = "".join(f"{times[name]:10.1f}" for name in ("first_ms", "p50_ms", "p99_ms"))
        painted = found["first_paint_ms_by_page"].get(path, "–")
        screen.print(f"{row} {painted:>12}  {path}", markup=False, soft_wrap=True)
    screen.print(
        f"\n  the {SLOWEST_SHOWN} slowest of {len(slowest)}; the log-in form, which reads nothing of the state: "
        f"{found['baseline_p50_ms']:g} ms, p99 {found['baseline_p99_ms']:g} ms\n"
        f"  one open page {found['one_page_cpu_percent']:g} % of a core; while its incident changes every second "
        f"{found['busy_one_page_cpu_percent']:g} %, with {open_pages} pages open {found['busy_pages_cpu_percent']:g} %"
    )
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
