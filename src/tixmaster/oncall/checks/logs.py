"""What the error log says about the time of the trouble, grouped by signature: SOP 3.1."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.logs import Line, sources
from tixmaster.stack.logs.message import message_of
from tixmaster.stack.logs.signing import Tally
from tixmaster.stack.said import Said, said

LEAD = timedelta(seconds=15)
"""How long before the start to look: the first error precedes the first failed metric, by ten seconds at most."""
TOP = 5


class LogsParams(Params, frozen=True, kw_only=True):
    """The errors are those since the trouble began, and of a quarter of a minute before."""

    service: Annotated[str, about("whose error log")]
    contains: Annotated[
        tuple[str, ...], about("words of which an error must hold one to be counted as `matching`")
    ] = ()


class Signed(Value, frozen=True, kw_only=True):
    """Errors that say the same: `pattern` is their message without its numbers and names."""

    id: str
    pattern: str
    count: int


class LogsValue(Value, frozen=True, kw_only=True):
    """null where the log could not be read."""

    errors: Annotated[int | None, about("how many there are")] = None
    matching: Annotated[int | None, about("how many hold one of the words")] = None
    matching_ratio: Annotated[float | None, about("matching / errors; 0 without errors")] = None
    file: Annotated[str | None, about("where they stand")] = None
    signatures: Annotated[tuple[Signed, ...], about("the five most frequent, redacted")] = ()


@check("logs", LogsParams, LogsValue)
def logs(params: LogsParams, scene: Scene) -> Finding:
    """Counts the errors of the window. Failed when there are any; `value.matching` counts those with the given words."""
    try:
        name, lines = errors_of(scene.config, params.service, scene.started_at - LEAD, scene.now)
    except StackError as error:
        return Finding(status="error", reason=error.words)
    tally = Tally()
    for line in lines:
        tally.add(line.fields, line.text)
    groups = tally.signatures()
    matching = sum(any(word in message_of(line.fields, line.text) for word in params.contains) for line in lines)
    value = LogsValue(
        errors=len(lines),
        matching=matching,
        matching_ratio=matching / len(lines) if lines else 0.0,
        file=name,
        signatures=tuple(Signed(id=item.id, pattern=redact(item.pattern), count=item.count) for item in groups[:TOP]),
    ).plain()
    if not lines:
        return Finding(status="ok", reason=no_error(name), value=value)
    example = groups[0].example.partition("\n")[0]
    reason = said(
        "{example} × {count}, first at {place}",
        "{example} × {count}，首見於 {place}",
        example=redact(example),
        count=groups[0].count,
        place=lines[0].place,
    )
    return Finding(status="failed", reason=reason, value=value)


def no_error(name: str) -> Said:
    """That the log was quiet."""
    return said("{name} holds no error of that time", "{name} 於該時段沒有錯誤", name=name)


def errors_of(config: Config, service: str, since: datetime, until: datetime) -> tuple[str, list[Line]]:
    """The errors a service logged in that time, oldest first, and what its log is called; raises `StackError` if it cannot
    be read."""
    found = sources(config, service, errors_only=True)
    lines = [line for source in found for line in source.window(since, until)]
    lines.sort(key=lambda line: line.at or since)
    return ", ".join(source.name.rpartition("/")[2] for source in found), lines
