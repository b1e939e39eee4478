"""The stack at the keyboard: up, down, restart (SOP 3.4)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from cyclopts import App

from tixmaster.cli.output import console, mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from tixmaster.stack.config import Config, Problem
    from tixmaster.stack.up import Brought

MONITORING = ("alertmanager", "prometheus")
"""What `tix restart monitoring` restarts: Alertmanager first, so that Prometheus finds it when its alerts come back."""


def register(app: App) -> None:
    """Adds `tix up`, `tix down` and `tix restart`."""
    app.command(up)
    app.command(down)
    app.command(restart)


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

    config = configuration.load(also=(configuration.unreadable, _wrong_variables, _unknown_causes))
    if timing:
        config = msgspec.structs.replace(config, timing=timing)
    out = console()
    began = time.monotonic()
    with out.status("starting"):
        brought = stack.up(config, lambda line: out.print(f"  {line}", markup=False))
    out.print(f"[green]healthy[/green] after {time.monotonic() - began:.1f} s")
    _print_addresses(out, config, with_grafana=brought.without_grafana is None)
    _print_missing(out, brought)
    if foreground:
        _stay(config)
    return 0


def down() -> int:
    """Stop what `tix up` started, and nothing else. Data stays."""
    from tixmaster.stack import config as configuration
    from tixmaster.stack import up as stack

    config = configuration.load()
    out = console()
    remarks: list[str] = []
    ran = stack.down(config, remarks.append)
    for remark in remarks:
        out.print(remark, markup=False)
    kept = "stopped" if remarks else "stopped; data is kept in var/"
    out.print(kept if ran else "nothing was running")
    return 0


def restart(service: str, /, *, dry_run: bool = False) -> int:
    """Restart a service (SOP 3.4) through whoever keeps it running, and wait until it is healthy.

    Parameters
    ----------
    service
        backend, postgres, prometheus, alertmanager, oncall, mail, or `monitoring` for Prometheus and Alertmanager (SOP 3.2).
    dry_run
        Say what would be done and touch nothing.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack import health
    from tixmaster.stack.managers import manager_of

    config = configuration.load()
    failed = False
    for name in MONITORING if service == "monitoring" else (config.short_name(service),):
        if dry_run:
            manager = manager_of(config, name)
            state = manager.status()
            console().print(f"would restart {config.full_name(name)} through {manager.name}; now {state.detail}")
            continue
        said = manager_of(config, name).restart()
        well = health.wait(config, name, config.oncall.remedy.verify_seconds)
        failed = failed or not well.healthy
        console().print(f"{mark(well.healthy)} {config.full_name(name)}: {said}; {well.detail}")
    return 1 if failed else 0


_ELSEWHERE = {"BOXOFFICE_HOST": "listen", "BOXOFFICE_PORT": "port"}
"""Variables that the rest of the file decides: on another port nobody would find the box office."""


def _wrong_variables(config: Config) -> Iterator[Problem]:
    """What the box office would say about `[boxoffice.environment]` when it starts; only the command line knows both."""
    from tixmaster.boxoffice import settings
    from tixmaster.stack.config import Problem
    from tixmaster.stack.config.problems import meant

    given = config.boxoffice.environment
    for name, key in _ELSEWHERE.items():
        if name in given:
            yield Problem(
                place=("boxoffice", "environment", name),
                said=f"{name} follows from [services.backend]. Remove it and set `{key}` there.",
            )
    for name, said in settings.wrong(given, fault_endpoints=config.fault_endpoints).items():
        known = settings.known()
        advice = "" if name in known else f" {meant(name, sorted(known))}"
        yield Problem(place=("boxoffice", "environment", name), said=said + advice)


def _unknown_causes(config: Config) -> Iterator[Problem]:
    """Rules for causes that the SOP does not know, which would never hold; only the command line knows both."""
    from tixmaster.stack.config import Problem
    from tixmaster.stack.config.problems import meant

    asked = {index: rule.cause for index, rule in enumerate(config.oncall.remedy.rules) if rule.cause is not None}
    if not asked or not config.sop.is_dir():
        return
    from tixmaster.oncall.sop import folder

    known = sorted(folder.causes(config.sop))
    for index, cause in asked.items():
        if known and cause not in known:
            said = f"causes.md has no cause {cause!r}, so the rule would never hold. {meant(cause, known)}"
            yield Problem(place=("oncall", "remedy", "rules", index, "cause"), said=said)


def _print_addresses(out: Console, config: Config, *, with_grafana: bool) -> None:
    from rich.table import Table

    from tixmaster.stack import secrets

    table = Table.grid(padding=(0, 2))
    table.add_row(
        "", "storefront", config.link("backend"), f"admin@tixmaster.invalid, {_place(config, 'admin-password')}"
    )
    table.add_row("", "console", config.link("oncall"), f"admin, {_place(config, 'console-password')}")
    table.add_row("", "Prometheus", config.link("prometheus"))
    table.add_row("", "Alertmanager", config.link("alertmanager"))
    if with_grafana:
        table.add_row("", "Grafana", config.link("grafana"), f"admin, {_place(config, 'grafana-password')}")
    out.print(table)
    if password := secrets.show_once(config, "console-password"):
        out.print(f"\n  Log in to the console as admin with [bold]{password}[/bold] (shown only this once).\n")


def _place(config: Config, secret: str) -> str:
    """Where the password lies, as short as the reader can use it."""
    from tixmaster.stack import secrets

    file = secrets.path(config, secret)
    return f"password in {file.relative_to(config.root) if file.is_relative_to(config.root) else file}"


def _print_missing(out: Console, brought: Brought) -> None:
    from tixmaster.stack import packages

    for package in brought.missing:
        out.print(f"[yellow]![/yellow] {package.service} is not installed: {package.cost}.")
    if brought.missing:
        out.print(f"  what to do  {packages.advice(brought.missing)}; then tix up again")
    if brought.without_grafana:
        out.print("  Grafana is left out (all else runs; the console shows each incident's graphs):")
        out.print(f"    {brought.without_grafana}", markup=False)
    out.print("  Practise: tix drill run instance-down")


def _stay(config: Config) -> None:
    """Shows the logs until Ctrl-C, then stops the stack."""
    from tixmaster.cli.logs import stream
    from tixmaster.stack import up as stack

    try:
        stream(config)
    except KeyboardInterrupt:
        stack.down(config)
