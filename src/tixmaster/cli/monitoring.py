"""The monitoring stack at the keyboard (SOP 3.2): is it well, what is firing, are its files sound."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cyclopts import App

from tixmaster.cli.output import console, mark, plain, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from tixmaster.stack.monitoring.check import Finding
    from tixmaster.stack.monitoring.client import Alert

DONE, FAILED, UNREACHED = 0, 1, 3


def register(app: App, check: App) -> None:
    """Adds `tix alerts`, `tix monitoring check|write` and `tix check monitoring`."""
    app.command(alerts)
    monitoring = App(name="monitoring", help="The generated files of Prometheus and Alertmanager.")
    monitoring.command(check_files, name="check")
    monitoring.command(write_files, name="write")
    app.command(monitoring)
    check.command(check_monitoring, name="monitoring")


def check_monitoring(*, json: bool = False) -> int:
    """Check Prometheus, Alertmanager and the way of alerts to on-call (SOP 3.2).

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack.monitoring.check import check

    config = configuration.load()
    findings = check(config)
    if json:
        print_json({"ok": all(one.ok for one in findings), "checks": [asdict(one) for one in findings]})
    else:
        _print_findings(findings, alertmanager=config.link("alertmanager"))
    if not all(one.reached for one in findings):
        return UNREACHED
    return DONE if all(one.ok for one in findings) else FAILED


def alerts(*, json: bool = False) -> int:
    """List the alerts that Alertmanager holds, muted ones included.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack.monitoring.client import Alertmanager

    with Alertmanager(configuration.load().url("alertmanager")) as alertmanager:
        held = sorted(alertmanager.alerts(), key=lambda alert: alert.starts_at)
    if json:
        print_json({"ok": True, "alerts": [_alert_document(alert) for alert in held]})
    else:
        _print_alerts(held)
    return DONE


def check_files(*, json: bool = False) -> int:
    """Check the monitoring as it would be written: both profiles, every alert's way and its links. Needs no server.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack.monitoring.proof import prove
    from tixmaster.stack.monitoring.validate import missing_tools

    findings, missing = prove(configuration.load()), missing_tools()
    ok = all(finding.ok for finding in findings)
    if json:
        print_json({"ok": ok, "checks": [asdict(one) for one in findings], "missing_tools": list(missing)})
    else:
        console().print(_table(findings))
    return DONE if ok else FAILED


def write_files() -> int:
    """Generate monitoring/ from deploy/tixmaster.toml: what the containers of docker-compose.monitoring.yml read."""
    from tixmaster.stack import config as configuration
    from tixmaster.stack.containers import files
    from tixmaster.stack.monitoring.validate import missing_tools

    root = configuration.find().parent
    changed = files.write(root)
    screen = console()
    for path in changed:
        screen.print(f"{'wrote' if path.exists() else 'removed'} {path.relative_to(root)}", markup=False)
    for tool in missing_tools():
        screen.print(f"{mark(False)} {tool} is not installed, so its check was left out")
    screen.print("written; restart the containers that read it" if changed else "nothing has changed")
    return DONE


def _print_findings(findings: tuple[Finding, ...], *, alertmanager: str) -> None:
    screen = console()
    screen.print(_table(findings))
    screen.print(f"Alertmanager's own page: {alertmanager}  (SOP 3.2)")


def _table(findings: tuple[Finding, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for one in findings:
        table.add_row(mark(one.ok), one.name, Text(one.detail))
        if one.advice:
            table.add_row("", "what to do", Text(one.advice))
    return table


def _print_alerts(held: list[Alert]) -> None:
    from rich.table import Table

    from tixmaster.oncall.normalize import SUMMARY, fit

    screen = console()
    if not held:
        screen.print("No alerts, not even the Watchdog, which always fires: run `tix check monitoring`.")
        return
    table = Table.grid(padding=(0, 2))
    for alert in held:
        table.add_row(
            plain(alert.labels.get("severity", "")),
            plain(alert.name),
            plain(alert.labels.get("service", "")),
            f"since {alert.starts_at.astimezone():%H:%M:%S}",
            _muted(alert),
            plain(fit(alert.annotations.get("summary", ""), SUMMARY)),
        )
    screen.print(table)


def _alert_document(alert: Alert) -> dict[str, object]:
    return {
        "alertname": alert.name,
        "labels": alert.labels,
        "annotations": alert.annotations,
        "starts_at": alert.starts_at.isoformat(),
        "fingerprint": alert.fingerprint,
        "state": alert.status.state,
        "silenced_by": alert.status.silenced_by,
        "inhibited_by": alert.status.inhibited_by,
        "receivers": [receiver.name for receiver in alert.receivers],
    }


def _muted(alert: Alert) -> str:
    if alert.status.silenced_by:
        return "silenced"
    return "muted by its cause" if alert.status.inhibited_by else ""
