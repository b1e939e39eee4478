"""What changed before the trouble began? Most trouble follows a change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta

from tixmaster.oncall.checks import traces
from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.oncall.evidence.redact import redact

MOST = 20
KNOWN_LATE = timedelta(seconds=60)
"""The start of the trouble is known about as exactly as this; a change so shortly after it may be its cause."""


class ChangesParams(Params, frozen=True, kw_only=True):
    """It looks at the service's manager, working folder, container image and configuration, and at the system's packages."""

    service: Annotated[str | None, about("whose changes; the alert's service unless given")] = None
    minutes: Annotated[int, Meta(ge=1, le=20160), about("how long before the trouble to look")] = 60


class Change(Value, frozen=True, kw_only=True):
    """One thing that changed."""

    at: str
    kind: Literal["service", "configuration", "deploy", "package"]
    text: str


class ChangesValue(Value, frozen=True, kw_only=True):
    """The newest first, twenty at most."""

    count: int = 0
    latest_seconds_before: Annotated[float | None, about("how long before the trouble the last change was")] = None
    changes: tuple[Change, ...] = ()
    unread: Annotated[tuple[str, ...], about("where could not be looked, and why")] = ()


@check("changes", ChangesParams, ChangesValue)
def changes(params: ChangesParams, scene: Scene) -> Finding:
    """Restarts, configuration, deploys and packages before the trouble. `ok` whatever it finds."""
    service = params.service or scene.service
    if service not in scene.config.service_names:
        service = ""  # an alert may speak of what tixmaster.toml does not know; the system is looked at all the same
    seen, unread = traces.collect(scene.config, service, scene.started_at - timedelta(minutes=params.minutes))
    until = scene.started_at + KNOWN_LATE
    found = sorted((one for one in seen if one.at <= until), key=lambda one: one.at, reverse=True)
    value = ChangesValue(
        count=len(found),
        latest_seconds_before=round((scene.started_at - found[0].at).total_seconds(), 1) if found else None,
        changes=tuple(Change(at=one.at.isoformat(), kind=one.kind, text=redact(one.text)) for one in found[:MOST]),
        unread=tuple(unread),
    )
    said = "; ".join(f"{one.text} ({_before(scene.started_at, one.at)})" for one in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    reason = f"{said}{more}" if found else f"no change found in the {params.minutes} min before"
    return Finding(status="ok", reason=reason, value=value.plain())


def _before(start: datetime, at: datetime) -> str:
    seconds = (start - at).total_seconds()
    if seconds < 0:
        return f"{-seconds:.0f} s after it began"
    return f"{seconds:.0f} s before" if seconds < 120 else f"{seconds / 60:.0f} min before"
