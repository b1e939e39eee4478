"""What an alert says to people: in both languages, with links to its runbook and to the graph that proves it."""

from __future__ import annotations

from dataclasses import dataclass

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring.dashboards import dashboard_of, link, panels_for
from tixmaster.stack.monitoring.model import Alert, Severity
from tixmaster.stack.monitoring.rules.expressions import lines


@dataclass(frozen=True, kw_only=True)
class Text:
    """One sentence in both languages; Prometheus's templates work in either."""

    en: str
    zh: str


SERVICE = "{{ $labels.service }}"
TEAM = '{{ if eq $labels.service "backend" }}backend{{ else }}platform{{ end }}'
"""Who owns the service in the alert's labels."""


def annotate(config: Config, alert: str, *, summary: Text, description: Text) -> dict[str, str]:
    """The annotations of `alert`. The plain keys are English, as other tools expect them; `…_zh` are Chinese."""
    panel = panels_for(alert)[0]
    return {
        "summary": summary.en,
        "summary_zh": summary.zh,
        "description": description.en,
        "description_zh": description.zh,
        "runbook_url": config.link("oncall", f"/sop/{alert}?service={SERVICE}"),
        "dashboard_url": link(config, panel),
        "dashboard_uid": dashboard_of(panel).uid,
        "panel_id": str(panel.id),
    }


def alert(
    config: Config,
    name: str,
    expr: str,
    *,
    hold: int,
    severity: Severity,
    summary: Text,
    description: Text,
    keep: int = 0,
) -> Alert:
    """An alert whose expression has several lines or one, with all that it says to people; durations in seconds."""
    return Alert(
        name=name,
        expr=lines(expr) if "\n" in expr else expr,
        hold=hold,
        keep=keep,
        severity=severity,
        labels={"team": TEAM},
        annotations=annotate(config, name, summary=summary, description=description),
    )
