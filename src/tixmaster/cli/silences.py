"""Silences and maintenance windows at the keyboard: `tix silence …`, `tix maintenance …`."""

from __future__ import annotations

import getpass
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from tixmaster.cli.output import console, plain, print_json

if TYPE_CHECKING:
    from tixmaster.oncall.client import OncallClient
    from tixmaster.stack.monitoring.client import Alertmanager

_PARTS = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")

Span = Annotated[str, Parameter(name="--for")]


def register(app: App) -> None:
    """Adds `tix silence …` and `tix maintenance …`."""
    silence = App(name="silence", help="Mute alerts in Alertmanager: list, add, end.")
    silence.command(list_silences, name="list")
    silence.command(add_silence, name="add")
    silence.command(end_silence, name="end")
    app.command(silence)
    maintenance = App(
        name="maintenance", help="Planned work: alerts open no incident, nothing is restarted. list, add, end."
    )
    maintenance.command(list_maintenance, name="list")
    maintenance.command(add_maintenance, name="add")
    maintenance.command(end_maintenance, name="end")
    app.command(maintenance)


def list_silences(*, json: bool = False) -> int:
    """List the silences that are active or to come.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    import msgspec

    with _alertmanager() as alertmanager:
        found = alertmanager.silences()
    if json:
        print_json({"silences": msgspec.to_builtins(list(found))})
        return 0
    for one in found:
        console().print(
            f"{one.id}  {one.status.state}  until {one.ends_at.astimezone():%Y-%m-%d %H:%M}  "
            + plain(f"{', '.join(map(str, one.matchers))}  {one.comment} ({one.created_by})"),
            soft_wrap=True,
        )
    if not found:
        console().print("no silence")
    return 0


def add_silence(*matchers: str, comment: str, span: Span = "1h", json: bool = False) -> int:
    """Mute the alerts that all matchers fit.

    Parameters
    ----------
    matchers
        As for amtool: service=backend, alertname=~"High.*", env!=drill.
    comment
        Why: whoever finds it will want to know.
    span
        For how long: 30m, 2h, 1d12h.
    json
        Print one JSON document.
    """
    from tixmaster.stack.errors import ConfigError
    from tixmaster.stack.monitoring import matchers as syntax

    if not matchers:
        raise ConfigError("name at least one matcher, for example service=backend")
    parsed, now = [syntax.parse(text) for text in matchers], datetime.now(UTC)
    with _alertmanager() as alertmanager:
        made = alertmanager.silence(parsed, begins=now, ends=now + span_of(span), by=_me(), comment=comment)
    if json:
        print_json({"id": made})
    else:
        console().print(f"✓ silence {made}; `tix silence end {made}` ends it", soft_wrap=True)
    return 0


def end_silence(silence: str, /) -> int:
    """End a silence now.

    Parameters
    ----------
    silence
        Its id.
    """
    with _alertmanager() as alertmanager:
        alertmanager.end_silence(silence)
    console().print(f"✓ silence {silence} has ended")
    return 0


def list_maintenance(*, json: bool = False) -> int:
    """List the windows that are on or to come, those of tixmaster.toml too.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    with _oncall() as client:
        found = client.maintenance()
    if json:
        print_json({"maintenance": found})
        return 0
    for window in found:
        _print_window(window)
    if not found:
        console().print("no maintenance is planned")
    return 0


def add_maintenance(
    title: str, /, *, service: str | None = None, start: datetime | None = None, span: Span = "1h"
) -> int:
    """Announce planned work.

    Parameters
    ----------
    title
        What is done.
    service
        On which service; on everything where none is named.
    start
        When it begins; now unless told otherwise.
    span
        How long it takes: 30m, 2h, 1d12h.
    """
    from tixmaster.stack import config as configuration

    on = configuration.load().short_name(service) if service else None
    begins = start.astimezone(UTC) if start else datetime.now(UTC)
    with _oncall() as client:
        window = client.announce(title, on, begins, begins + span_of(span), by=_me())
    _print_window(window)
    return 0


def end_maintenance(number: int, /) -> int:
    """End a window now.

    Parameters
    ----------
    number
        Its number.
    """
    with _oncall() as client:
        client.end_maintenance(number, by=_me())
    console().print(f"✓ maintenance {number} has ended; alerts that still fire open incidents within a minute")
    return 0


def span_of(text: str) -> timedelta:
    """A length of time as people write it; raises `ConfigError`."""
    from tixmaster.stack.errors import ConfigError

    found = _PARTS.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if not (span := timedelta(days=days, hours=hours, minutes=minutes)):
        raise ConfigError(f"{text!r} is no length of time; write 30m, 2h or 1d12h")
    return span


def _print_window(window: dict[str, Any]) -> None:
    begins, ends = (datetime.fromisoformat(window[key]).astimezone() for key in ("begins_at", "ends_at"))
    console().print(
        f"{window['number'] or '–'}  {begins:%Y-%m-%d %H:%M} – {ends:%Y-%m-%d %H:%M}  "
        f"{window['service'] or 'everything'}  {window['title']} ({window['by']})",
        markup=False,
        soft_wrap=True,
    )


def _me() -> str:
    return getpass.getuser()


def _alertmanager() -> Alertmanager:
    from tixmaster.stack import config
    from tixmaster.stack.monitoring.client import Alertmanager

    return Alertmanager(config.load().url("alertmanager"))


def _oncall() -> OncallClient:
    from tixmaster.oncall.client import OncallClient
    from tixmaster.stack import config

    return OncallClient(config.load())
