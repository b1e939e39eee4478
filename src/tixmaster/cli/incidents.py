"""Incidents at the keyboard (SOP 4): list, show, acknowledge, note, approve, close, export."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App

from tixmaster.cli.output import console, plain, print_json

if TYPE_CHECKING:
    from tixmaster.oncall.client import OncallClient

MARKS = {
    "ok": "[green]✓[/green]",
    "failed": "[red]✗[/red]",
    "skipped": "[dim]–[/dim]",
    "error": "[yellow]![/yellow]",
}


STATES = {"open": "處理中", "acknowledged": "已認領", "resolved": "已恢復", "closed": "已結案"}
Language = Literal["en", "zh-TW"]


def register(app: App) -> None:
    """Adds `tix incidents`, `tix incident …`, `tix approve` and `tix decline`."""
    app.command(list_incidents, name="incidents")
    incident = App(
        name="incident", help="One incident: show, ack, assign, note, merge, close, reopen, export, postmortem."
    )
    for command, name in (
        (show, "show"),
        (acknowledge, "ack"),
        (note, "note"),
        (assign, "assign"),
        (merge, "merge"),
        (close, "close"),
        (reopen, "reopen"),
        (export, "export"),
        (postmortem, "postmortem"),
    ):
        incident.command(command, name=name)
    app.command(incident)
    app.command(approve)
    app.command(decline)


def list_incidents(
    *,
    state: Literal["open", "closed", "all"] = "all",
    stats: bool = False,
    days: int = 30,
    language: Language | None = None,
    json: bool = False,
) -> int:
    """List the newest incidents; or how it went: mean times to mail, acknowledge and recover, recurring causes.

    Parameters
    ----------
    state
        Which ones.
    stats
        Show mean times and recurring causes instead.
    days
        Of how many days.
    language
        That of the mails unless told otherwise.
    json
        Print one JSON document.
    """
    if stats:
        return _statistics(days, json=json)
    with _client() as client:
        found = client.incidents(state)
    if json:
        print_json({"incidents": found})
    else:
        _print_list(found, language or _language())
    return 0


def show(incident: str, /, *, language: Language | None = None, json: bool = False) -> int:
    """Show one incident: cause, actions, steps, timeline, evidence.

    Parameters
    ----------
    incident
        Its id, for example INC-42.
    language
        That of the mails unless told otherwise.
    json
        Print one JSON document.
    """
    with _client() as client:
        found = client.incident(incident)
    if json:
        print_json(found)
    else:
        _print_incident(found, language or _language())
    return 0


def acknowledge(incident: str, /) -> int:
    """Say that you are on it."""
    with _client() as client:
        _say(client.acknowledge(incident, by=_me()))
    return 0


def note(incident: str, text: str, /) -> int:
    """Put a remark on the timeline."""
    with _client() as client:
        _say(client.note(incident, text, by=_me()))
    return 0


def assign(incident: str, to: str, /) -> int:
    """Say who is to see to an incident.

    Parameters
    ----------
    incident
        Its id, for example INC-42.
    to
        Who.
    """
    with _client() as client:
        _say(client.assign(incident, to, by=_me()))
    return 0


def merge(incident: str, into: str, /) -> int:
    """Make an incident a part of another one; it is closed and points there.

    Parameters
    ----------
    incident
        The one that ends.
    into
        The one that goes on.
    """
    with _client() as client:
        _say(client.merge(incident, into, by=_me()))
    return 0


def reopen(incident: str, /) -> int:
    """Open a closed incident again and investigate it anew."""
    with _client() as client:
        _say(client.reopen(incident, by=_me()))
    return 0


def close(incident: str, /) -> int:
    """Close an incident, whatever its alerts say."""
    with _client() as client:
        _say(client.close(incident, by=_me()))
    return 0


def approve(incident: str, /, *, dry_run: bool = False) -> int:
    """Let the proposed action of an incident be carried out.

    Parameters
    ----------
    incident
        Its id, for example INC-42.
    dry_run
        Say what would be done and what stands against it, and touch nothing.
    """
    if dry_run:
        from tixmaster.cli import remedy

        return remedy.dry_run(incident)
    with _client() as client:
        _say(client.approve(incident, by=_me()))
    return 0


def decline(incident: str, /) -> int:
    """Reject the proposed action of an incident."""
    with _client() as client:
        _say(client.decline(incident, by=_me()))
    return 0


def export(incident: str, /, *, to: Path | None = None) -> int:
    """Pack the record of an incident into a ZIP file.

    Parameters
    ----------
    incident
        Its id, for example INC-42.
    to
        The file to write; INC-42.zip in this folder unless told otherwise.
    """
    import shutil

    from tixmaster.stack.errors import StackError

    with _client() as client:
        found = client.incident(incident)
    if not found["record"]:
        raise StackError(f"{found['id']} has no record yet; it is written when its cause is known.")
    target = (to or Path(f"{found['id']}.zip")).with_suffix("")
    console().print(shutil.make_archive(str(target), "zip", found["record"]))
    return 0


def _statistics(days: int, *, json: bool) -> int:
    with _client() as client:
        found = client.statistics(days)
    if json:
        print_json(found)
        return 0
    screen = console()
    for kind, title in (("real", "incidents"), ("drill", "drills")):
        screen.print(f"[bold]{found['incidents'][kind]}[/bold] {title} in {days} days")
        for measure, seconds in found["means_seconds"][kind].items():
            screen.print(f"  {measure.replace('_', ' ')}  {seconds:,.1f} s")
    for item in found["causes"]:
        screen.print(f"  {item['count']} × {plain(item['id'])}")
    return 0


def postmortem(incident: str, /, *, language: Language | None = None) -> int:
    """Print the post-mortem of an incident: the draft from its timeline, or what somebody made of it.

    Parameters
    ----------
    incident
        Its id, for example INC-42.
    language
        That of the mails unless told otherwise.
    """
    from tixmaster.oncall.normalize import paragraphs

    with _client() as client:
        print(paragraphs(client.postmortem(incident, language)["text"]))
    return 0


def _print_list(found: list[dict[str, Any]], language: Language) -> None:
    from rich.table import Table

    from tixmaster.oncall.report.words import severity
    from tixmaster.oncall.store.bilingual import told
    from tixmaster.stack.said import in_language, said

    screen = console()
    if not found:
        none = said(
            "No incidents. `tix drill run instance-down` makes one on purpose.",
            "沒有事件。`tix drill run instance-down` 可刻意製造一件。",
        )
        screen.print(in_language(none, language))
        return
    table = Table.grid(padding=(0, 2))
    for item in found:
        cause = item["cause"]["title"][language] if item["cause"] else "…"
        drill = said("drill {name}", "演練 {name}", name=item["drill"])
        table.add_row(
            item["id"],
            _state(item, language),
            plain(severity(item["severity"], language)),
            _clock(item["started_at"]),
            plain(told(item, "title", language)),
            plain(cause),
            f"[dim]{plain(in_language(drill, language))}[/dim]" if item["drill"] else "",
        )
    screen.print(table)


def _print_incident(item: dict[str, Any], language: Language) -> None:
    from tixmaster.oncall.report.words import say, severity
    from tixmaster.oncall.store.bilingual import told

    screen = console()
    title, state = plain(told(item, "title", language)), _state(item, language)
    screen.print(f"[bold]{item['id']}[/bold]  {state}  {plain(severity(item['severity'], language))}  {title}")
    screen.print(f"{_clock(item['started_at'])}  {plain(item['alertname'])}  {plain(item['service'])}")
    for cause in item["causes"]:
        _print_cause(cause, language)
    for action in item["actions"]:
        result = f": {plain(told(action, 'result', language))}" if action["result"] else ""
        screen.print(f"\n▶ {plain(action['command'])}  {say('did-' + action['state'], language)}{result}")
        if action["state"] == "proposed":
            screen.print(f"  tix approve {item['id']}   tix decline {item['id']}")
    screen.print(f"\n{say('steps', language)}")
    for step in item["steps"]:
        reason = plain(told(step, "reason", language))
        screen.print(
            f"  {MARKS[step['status']]} {plain(step['title'][language])}: {reason} [dim]{step['seconds']:.1f} s[/dim]",
            highlight=False,
        )
    screen.print(f"\n{say('timeline', language)}")
    for row in item["timeline"]:
        screen.print(f"  {_clock(row['at'])}  {plain(told(row, 'text', language))}")
    if item["ticket"] and item["ticket"]["url"]:
        screen.print(f"\n{say('issue', language)}  {plain(item['ticket']['url'])}")
    if item["record"]:
        screen.print(f"\n{say('record', language)}  {plain(item['record'])}")


def _print_cause(cause: dict[str, Any], language: Language) -> None:
    """A cause with how sure it is, what it rests on and what speaks against it."""
    from tixmaster.oncall.report.words import confidence, say
    from tixmaster.oncall.store.bilingual import told

    screen = console()
    named = say("cause-was", language, cause=f"[bold]{plain(cause['title'][language])}[/bold]")
    screen.print(f"\n{named}  {confidence(cause, language)}")
    for reason in told(cause, "because", language):
        screen.print(f"  · {plain(reason)}")
    for reason in told(cause, "contradicts", language):
        screen.print(f"  [yellow]{say('against', language)}[/yellow]  {plain(reason)}")


def _state(item: dict[str, Any], language: Language) -> str:
    colour = {"open": "red", "acknowledged": "yellow", "resolved": "green"}.get(item["state"], "dim")
    return f"[{colour}]{item['state'] if language == 'en' else STATES[item['state']]}[/{colour}]"


def _say(item: dict[str, Any]) -> None:
    """The newest thing on the timeline, which is what was just done."""
    from tixmaster.oncall.store.bilingual import told

    console().print(f"{item['id']}  {plain(told(item['timeline'][-1], 'text', _language()))}")


def _clock(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S}"


def _language() -> Language:
    """The language that mails are written in."""
    from tixmaster.stack import config

    return config.load().oncall.language


def _me() -> str:
    return getpass.getuser()


def _client() -> OncallClient:
    from tixmaster.oncall.client import OncallClient
    from tixmaster.stack import config

    return OncallClient(config.load())
