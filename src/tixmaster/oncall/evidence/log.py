"""The error log of the incident: an excerpt with file and line, and its signatures, new or known against the day before."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tixmaster.oncall.checks.logs import LEAD, no_error
from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.evidence.taken import Item, Missing, Sight, Taken, as_json
from tixmaster.stack.logs import Line, sources
from tixmaster.stack.logs.merge import merged
from tixmaster.stack.logs.message import message_of
from tixmaster.stack.logs.signing import Signer, id_of
from tixmaster.stack.logs.source import Source
from tixmaster.stack.said import Said, joined, said

TITLE: Final = Said("Error log", "錯誤 Log")
EXCERPT_LINES: Final = 200
WINDOW_SECONDS: Final = 1.2
"""So long the errors of the incident are read; of a storm, the first of them are enough."""
BEFORE_SECONDS: Final = 0.6
"""So long the day before is read, from its newest hour back."""
DAY: Final = timedelta(days=1)
FIRST_STRETCH: Final = timedelta(minutes=5)
EXAMPLE: Final = 400


@dataclass
class _Seen:
    """A pattern of the window."""

    count: int
    first: Line
    last_at: datetime | None


@dataclass
class _Window:
    """The errors that were read. `cut` says until when, where the time did not suffice for all."""

    excerpt: list[tuple[Line, str]] = field(default_factory=list)
    """The first lines, each with its pattern."""
    patterns: dict[str, _Seen] = field(default_factory=dict)
    total: int = 0
    cut: datetime | None = None


def take(sight: Sight) -> Iterator[Item]:
    """Both artefacts; raises `StackError` where the log cannot be read."""
    service = sight.incident["service"]
    if service not in sight.config.service_names:  # a label is anybody's word, and must not become a path
        yield Missing(
            kind="log-excerpt",
            title=TITLE,
            status="failed",
            reason=unknown_service(service),
        )
        return
    found = sources(sight.config, service, errors_only=True)
    name = ", ".join(source.name.rpartition("/")[2] for source in found)
    signer = Signer()
    since = sight.started_at - LEAD
    window = _read(found, since, sight.now, signer)
    if not window.total:
        title = joined([TITLE, name], " ", " ")
        yield Missing(kind="log-excerpt", title=title, status="skipped", reason=no_error(name))
        return
    entries = [f"{line.place}: {redact(line.text)}\n" for line, _ in window.excerpt]
    yield _excerpt(name, window, entries)
    known, reached = _day_before(found, since, set(window.patterns), signer)
    rows = _signatures(window, known, reached, since, _lines_of(window, entries))
    yield Taken(kind="signatures", title=_counted(rows), name="signatures.json", content=as_json(rows))


def unknown_service(service: str) -> Said:
    """That a label names what nobody has told us of."""
    return said(
        "{service} is not a service of tixmaster.toml", "{service} 並非 tixmaster.toml 中的服務", service=service
    )


def _counted(rows: list[dict[str, Any]]) -> Said:
    """How many signatures there are, and how many of them are new."""
    new, looked = sum(row["new"] is True for row in rows), rows[0]["looked_back_hours"]
    if not looked and any(row["new"] is None for row in rows):
        return said(
            "{count} error signatures; there was no time to look at the day before",
            "{count} 種錯誤特徵；未及比對前一日",
            count=len(rows),
        )
    if new:
        return said(
            "{count} error signatures, {new} not seen in the {hours:g} h before",
            "{count} 種錯誤特徵，其中 {new} 種在先前 {hours:g} 小時未出現",
            count=len(rows),
            new=new,
            hours=looked,
        )
    return said("{count} error signatures, none of them new", "{count} 種錯誤特徵，皆非首見", count=len(rows))


def _read(found: list[Source], since: datetime, until: datetime, signer: Signer) -> _Window:
    """The errors from `since` on, as far as the time goes."""
    window = _Window()
    for source in found:
        deadline = time.monotonic() + WINDOW_SECONDS / len(found)
        for line in source.window(since, until):
            window.total += 1
            pattern = signer.of_entry(line.fields, line.text)
            if len(window.excerpt) < EXCERPT_LINES * len(found):
                window.excerpt.append((line, pattern))
            seen = window.patterns.get(pattern)
            if seen is None:
                window.patterns[pattern] = _Seen(count=1, first=line, last_at=line.at)
            else:
                seen.count += 1
                seen.last_at = line.at or seen.last_at
            if time.monotonic() > deadline:
                window.cut = line.at
                break
    window.excerpt.sort(key=lambda one: one[0].at or since)
    del window.excerpt[EXCERPT_LINES:]
    return window


def _excerpt(name: str, window: _Window, entries: list[str]) -> Taken:
    text = "".join(entries)
    if window.total > len(entries):
        text += f"… {window.total - len(entries)} further errors\n"
    if window.cut:
        text += f"… read until {window.cut:%H:%M:%S} UTC only: more did not fit into {WINDOW_SECONDS:g} s\n"
    counted = Said("{name}, more than {count} errors", "{name}，逾 {count} 筆錯誤")
    if not window.cut:
        counted = Said("{name}, {count} errors", "{name}，{count} 筆錯誤")
    title = counted.filled(name=name, count=window.total)
    return Taken(kind="log-excerpt", title=title, name="error-log.txt", content=text.encode())


def _lines_of(window: _Window, entries: list[str]) -> dict[str, list[int]]:
    """On which lines of the excerpt the entries of each pattern begin, counted from 1; a trace takes several lines."""
    found: dict[str, list[int]] = {}
    number = 1
    for (_, pattern), entry in zip(window.excerpt, entries, strict=True):
        found.setdefault(pattern, []).append(number)
        number += entry.count("\n")
    return found


def _day_before(
    found: list[Source], until: datetime, wanted: set[str], signer: Signer
) -> tuple[Counter[str], datetime]:
    """The patterns of the day before, read backwards until all are known or the time is over, and how far that was."""
    known: Counter[str] = Counter()
    deadline = time.monotonic() + BEFORE_SECONDS
    reached, stretch, oldest = until, FIRST_STRETCH, until - DAY
    while reached > oldest and not wanted <= known.keys():
        since = max(reached - stretch, oldest)
        for source in found:
            for line in source.window(since, reached):
                known[signer.of_entry(line.fields, line.text)] += 1
                if time.monotonic() > deadline:
                    return known, reached
        reached, stretch = since, stretch * 2
    return known, reached


def _signatures(
    window: _Window, known: Counter[str], reached: datetime, until: datetime, lines: dict[str, list[int]]
) -> list[dict[str, Any]]:
    """The rows, the most frequent first. What is variable is told from both days together."""
    became = merged([*window.patterns, *known])
    before = {became[pattern] for pattern in known}
    looked = round((until - reached) / timedelta(hours=1), 2)
    rows: dict[str, dict[str, Any]] = {}
    for pattern, seen in window.patterns.items():
        common = became[pattern]
        row = rows.setdefault(
            common,
            {
                "id": id_of(common),
                "count": 0,
                "signature": redact(common),
                "first_seen": seen.first.at,
                "last_seen": seen.last_at,
                "place": seen.first.place,
                "example": redact(message_of(seen.first.fields, seen.first.text))[:EXAMPLE],
                "new": False if common in before else True if looked else None,
                "looked_back_hours": looked,
                "lines": [],
            },
        )
        row["count"] += seen.count
        row["lines"] = sorted([*row["lines"], *lines.get(pattern, [])])
        for key, at, choose in (("first_seen", seen.first.at, min), ("last_seen", seen.last_at, max)):
            row[key] = choose(one for one in (row[key], at) if one) if row[key] or at else None
    return sorted(rows.values(), key=lambda row: (-row["count"], row["id"]))
