"""What the rules would have said: `tix simulate orders`."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from tixmaster.cli import output

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MET, MISSED = 0, 1


def register(app: App) -> None:
    """Adds `tix simulate`."""
    simulate = App(name="simulate", help="Replay made-up trade through a real Prometheus and see what would have rung.")
    simulate.command(orders)
    app.command(simulate)


def orders(
    *,
    weeks: Annotated[int, Parameter(validator=Number(gte=6, lte=26))] = 10,
    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 1,
    deviations: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
    json: bool = False,
) -> int:
    """Judge LowOrderVolume over weeks of simulated trade: false alarms, and how late it finds a stop. A minute.

    Each judged week has its nights, weekends and chance; four weeks before them are history. The rule is the shipped one,
    beside rules that others use. It needs Prometheus, and runs one of its own in a temporary folder.

    Parameters
    ----------
    weeks
        How many are simulated; the first four are not judged.
    seed
        Another one is another shop.
    deviations
        Instead of `order_deviations` of tixmaster.toml (3.5).
    json
        Print one JSON document; the progress goes to stderr.
    """
    from rich.console import Console

    from tixmaster.simulate import orders as simulation
    from tixmaster.stack import config as configuration

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: what was started is ended first
    chosen = configuration.load().monitoring.order_deviations if deviations is None else deviations
    screen = Console(stderr=True, highlight=False) if json else output.console()
    found = simulation.run(weeks, seed, chosen, lambda line: screen.print(line, markup=False, soft_wrap=True))
    document = simulation.document(found)
    if json:
        output.print_json(document)
    else:
        _print(screen, found)
    return MET if document["ok"] else MISSED


def _print(screen: Console, found: dict[str, Any]) -> None:
    from tixmaster.simulate import orders as simulation

    faults = ["\n".join(kind.title.rsplit(" ", 1)) for kind in simulation.KINDS]
    table = _table("rule", "false\nepisodes", *faults)
    for row in found["rules"]:
        table.add_row(row["title"], str(row["false_episodes"]), *_late(row))
    screen.print(
        f"\nWhat rang in {found['judged_weeks']} weeks in which nothing was wrong, and how many minutes late\n"
        f"each fault was found: the median of its days (the longest)\n"
    )
    screen.print(table)

    bunched = _table("variance in a minute", "false\nas shipped", "deviations\nneeded", *faults)
    for row in found["over_dispersed"]:
        needed = "more than 15" if row["deviations"] is None else f"{row['deviations']:g}"
        bunched.add_row(f"{row['dispersion']:g} × mean", str(row["false_episodes"]), needed, *_late(row))
    screen.print("\nWhere orders come in bunches (order_deviations in tixmaster.toml)\n")
    screen.print(bunched)
    screen.print()
    for name, met in simulation.judge(found).items():
        value = "missed" if found[name] is None else f"{found[name]:g}"
        screen.print(f"{output.mark(met)} {name:<24} {value}, at most {simulation.TARGETS[name]}")


def _table(first: str, *others: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="")
    table.add_column(first, vertical="bottom")
    for title in others:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _late(row: dict[str, Any]) -> list[str]:
    """A cell a kind of fault: median and longest in minutes; a rule that rang already before the fault did not find it."""
    from tixmaster.simulate import orders as simulation

    cells = []
    for kind in simulation.KINDS:
        minutes, longest, missed = (row.get(f"{kind.name}{what}") for what in ("", "_longest", "_missed"))
        if minutes is None:
            cells.append("missed")
        elif minutes == 0:
            cells.append("rang before")
        else:
            cells.append(f"{minutes:g} ({f'{missed} missed' if missed else longest})")
    return cells
