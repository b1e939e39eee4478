"""An alert and a silence as the page shows them, with what belongs to each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tixmaster.console.lookout import Alarms
from tixmaster.console.lookout.alarms import is_trouble
from tixmaster.oncall import normalize
from tixmaster.stack.monitoring.client import Alert, Silence
from tixmaster.stack.monitoring.dashboards import DASHBOARDS
from tixmaster.stack.monitoring.matchers import fit

State = Literal["active", "silenced", "inhibited", "watch"]
STATES: tuple[State, ...] = ("active", "silenced", "inhibited", "watch")
"""`watch` is an alert that is to ring all the time."""
LONGEST_LABEL, MOST_LABELS = 200, 20
"""What a list of 200 alerts has room for; the incident's page shows more of each."""
SEVERITIES = ("critical", "warning", "info", "none")
_BOARDS = frozenset(board.uid for board in DASHBOARDS)
_TOLD_ELSEWHERE = ("alertname", "service", "severity")


@dataclass(frozen=True, kw_only=True)
class Muting:
    """What mutes an alert: a silence with its comment, or another alert."""

    kind: Literal["silence", "alert"]
    anchor: str
    text: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One alert."""

    fingerprint: str
    name: str
    service: str
    severity: str
    state: State
    since: datetime
    summary: Mapping[str, str]
    """By language."""
    labels: list[tuple[str, str]]
    muted_by: list[Muting]
    incident: str | None
    dashboard: str | None
    """The address of the panel that proves it."""
    matchers: str
    """The silence that would mute this alert of this service."""


@dataclass(frozen=True, kw_only=True)
class SilenceRow:
    """One silence, and how many of the alerts that are held it mutes."""

    silence: Silence
    alerts: int

    @property
    def begun(self) -> bool:
        return self.silence.status.state == "active"


def alert_rows(alarms: Alarms, incidents: Mapping[str, str]) -> list[AlertRow]:
    """The alerts, those that are trouble first, the worst before the others; `incidents` are by fingerprint."""
    rows = [_row(one, alarms, incidents.get(one.fingerprint)) for one in alarms.alerts]
    return sorted(rows, key=lambda row: (STATES.index(row.state), _rank(row.severity), row.since))


def silence_rows(alarms: Alarms) -> list[SilenceRow]:
    """The silences, those that end first before the others."""
    return [
        SilenceRow(silence=one, alerts=sum(1 for alert in alarms.alerts if fit(one.matchers, alert.labels)))
        for one in alarms.silences
    ]


def matchers_of(labels: Mapping[str, str]) -> str:
    """The matchers that a person would write for such an alert, one a line."""
    quoted = ((name, labels[name].replace('"', '\\"')) for name in ("alertname", "service") if labels.get(name))
    return "\n".join(f'{name}="{value}"' for name, value in quoted)


def _row(alert: Alert, alarms: Alarms, incident: str | None) -> AlertRow:
    labels, notes = normalize.labels_of(alert.labels), normalize.annotations_of(alert.annotations)
    summary = notes.get("summary", "")
    return AlertRow(
        fingerprint=alert.fingerprint,
        name=labels.get("alertname", ""),
        service=labels.get("service", ""),
        severity=labels.get("severity", ""),
        state=_state(alert),
        since=alert.starts_at,
        summary={"en": summary, "zh-TW": notes.get("summary_zh") or summary},
        labels=sorted(
            (name, normalize.fit(value, LONGEST_LABEL)) for name, value in labels.items() if name not in _TOLD_ELSEWHERE
        )[:MOST_LABELS],
        muted_by=[*_silenced(alert, alarms.silences), *_inhibited(alert, alarms.alerts)],
        incident=incident,
        dashboard=_dashboard(notes),
        matchers=matchers_of(alert.labels),
    )


def _state(alert: Alert) -> State:
    if not is_trouble(alert):
        return "watch"
    if alert.status.silenced_by:
        return "silenced"
    return "inhibited" if alert.status.inhibited_by else "active"


def _silenced(alert: Alert, silences: Iterable[Silence]) -> Iterable[Muting]:
    known = {one.id: one for one in silences}
    for name in alert.status.silenced_by:
        found = known.get(name)
        text = f"{found.comment} ({found.created_by})" if found else name
        yield Muting(kind="silence", anchor=f"s-{name}", text=text, until=found.ends_at if found else None)


def _inhibited(alert: Alert, alerts: Iterable[Alert]) -> Iterable[Muting]:
    known = {one.fingerprint: one for one in alerts}
    for name in alert.status.inhibited_by:
        found = known.get(name)
        text = f"{found.name} ({found.labels.get('service', '–')})" if found else name
        yield Muting(kind="alert", anchor=f"a-{name}", text=text)


def _dashboard(notes: Mapping[str, str]) -> str | None:
    """Ours only: an annotation is text that anybody may write."""
    board, panel = notes.get("dashboard_uid", ""), notes.get("panel_id", "")
    return f"/dashboards/{board}?panel={panel}" if board in _BOARDS and panel.isdecimal() else None


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
