"""What the error log says about the time of the trouble, grouped by signature: SOP 3.1."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tixmaster.oncall import signatures
from tixmaster.oncall.checks.registry import Finding, Params, Scene, check
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack import logs as stack_logs

LEAD = timedelta(seconds=30)
"""How long before the start to look: the first error precedes the first failed metric."""
TOP = 5


class LogsParams(Params, frozen=True, kw_only=True):
    """`service`: whose error log; `contains`: words of which a line must hold one to be counted as `matching`."""

    service: str
    contains: tuple[str, ...] = ()


@check("logs", LogsParams)
def logs(params: LogsParams, scene: Scene) -> Finding:
    """Counts the errors of the window. Failed when there are any; `value.matching` counts those with the given words."""
    path = stack_logs.error_log(scene.config, params.service)
    if not path.is_file():
        return Finding(status="error", reason=f"there is no log file {path}")
    lines = list(stack_logs.window(path, scene.started_at - LEAD, scene.now))
    messages = [message_of(line.fields, line.text) for line in lines]
    groups = signatures.group(messages)
    matching = sum(any(word in message for word in params.contains) for message in messages)
    value = {
        "errors": len(lines),
        "matching": matching,
        "matching_ratio": matching / len(lines) if lines else 0.0,
        "file": path.name,
        "signatures": [{"pattern": redact(item.pattern), "count": item.count} for item in groups[:TOP]],
    }
    if not lines:
        return Finding(status="ok", reason=f"{path.name} holds no error of that time", value=value)
    first = lines[0]
    return Finding(
        status="failed",
        reason=f"{redact(groups[0].example)} × {groups[0].count}, first at {path.name}:{first.number}",
        value=value,
    )


def message_of(fields: dict[str, Any] | None, text: str) -> str:
    """What a log line says: its error where it names one, else its message, else the whole line."""
    if fields is None:
        return text
    return str(fields.get("error") or fields.get("message") or text)
