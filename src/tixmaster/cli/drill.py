"""Practice at the keyboard: drills, and the shoppers alone."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Annotated

from cyclopts import App, Parameter

from tixmaster.cli import output


def register(app: App) -> None:
    """Adds `tix drill list|run|calibrate` and `tix traffic`."""
    drill = App(name="drill", help="Break something on purpose and watch on-call handle it.")
    drill.command(list_drills, name="list")
    drill.command(run)
    drill.command(calibrate)
    app.command(drill)
    app.command(traffic)


def list_drills() -> int:
    """List the drills: whether each needs `fault_endpoints = true`, what it breaks, and its true cause."""
    from rich.table import Table

    from tixmaster.drills import DRILLS

    table = Table.grid(padding=(0, 2))
    for item in DRILLS:
        table.add_row(item.name, "fault_endpoints" if item.needs_fault_endpoints else "", item.title, item.cause or "–")
    output.console().print(table)
    return 0


def run(
    *names: str,
    visits: float = 15.0,
    orders: float = 5.0,
    approve: Annotated[bool, Parameter(negative="")] = False,
    json: bool = False,
    by: Annotated[str, Parameter(show=False)] = "",
) -> int:
    """Run drills, or all of them, against the running system.

    Parameters
    ----------
    names
        Those of `tix drill list` that are wanted, in this order, or `all`.
    visits
        What simulated shoppers look at in a second meanwhile.
    orders
        What they order in a second; with few, a stop of orders takes long to show.
    approve
        Let on-call ask before it acts, so that people practise, too. Somebody must then approve within five minutes.
    json
        Print one JSON document; the progress goes to stderr.
    by
        Who asked for them, where that is not who runs the command.
    """
    import getpass

    from rich.console import Console

    from tixmaster.drills import DRILLS
    from tixmaster.drills.runner import Asked
    from tixmaster.drills.runner import run as run_drills
    from tixmaster.drills.traffic import Pace
    from tixmaster.stack import config
    from tixmaster.stack.errors import ConfigError

    there = {item.name: item for item in DRILLS}
    if unknown := [name for name in names if name not in (*there, "all")]:
        raise ConfigError(f"there is no drill {unknown[0]!r}; there are {', '.join(there)} and all")
    wanted = list(DRILLS) if "all" in names else [there[name] for name in names]
    if not wanted:
        raise ConfigError(f"name a drill: {', '.join(there)} or all")
    signal.signal(signal.SIGTERM, _end_once)
    console = Console(stderr=True) if json else output.console()

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    pace = Pace(visits=visits, orders=orders)
    policy: Asked = "approve" if approve else "auto"
    verdicts = run_drills(config.load(), wanted, pace, say, by=by or getpass.getuser(), policy=policy)
    well = all(item.ok for item in verdicts)
    if json:
        output.print_json({"ok": well, "drills": [item.as_json() for item in verdicts]})
    return 0 if well else 1


def _end_once(number: int, _frame: FrameType | None) -> None:
    """Like Ctrl-C: the faults are taken out, then it ends. Being asked again must not interrupt that."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def calibrate(*, json: bool = False) -> int:
    """Count how often the drills on record had each cause named rightly; on-call's confidence is made of these counts.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from rich.table import Table

    from tixmaster.drills.calibrate import calibrate as count_drills
    from tixmaster.oncall.practice import practice
    from tixmaster.stack import config

    loaded = config.load()
    count_drills(loaded)
    both = practice(loaded)
    rows = [
        {
            "cause": name,
            "named": both.of(name).named,
            "right": both.of(name).right,
            "confidence": both.confidence(name, contradicted=False),
        }
        for name in sorted({*both.causes, *both.mended})
    ]
    if json:
        output.print_json({"ok": True, "causes": rows})
        return 0
    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(str(row["cause"]), f"right in {row['right']} of {row['named']}", f"{row['confidence']:.0%}")
    output.console().print(table)
    return 0


def traffic(*, visits: float = 15.0, orders: float = 5.0, seconds: float = 600.0) -> int:
    """Send simulated shoppers to the backend for a while; Ctrl-C ends it.

    Parameters
    ----------
    visits
        Visits a second.
    orders
        Orders a second; 0 for visitors only.
    seconds
        For how long.
    """
    from tixmaster.drills.traffic import Pace, Traffic
    from tixmaster.stack import config

    shoppers = Traffic(config.load(), Pace(visits=visits, orders=orders))
    shoppers.start()
    console = output.console()
    console.print(f"{visits:g} visits and {orders:g} orders a second for {seconds:g} s")
    try:
        shoppers.wait(seconds)
    except KeyboardInterrupt:
        console.print("ending")
    shoppers.stop()
    for what, count in sorted(shoppers.counts.items()):
        console.print(f"  {count:8}  {what}")
    return 0
