"""Log files at the keyboard (SOP 3.1): the newest lines, those of a stretch of time, what comes; and error signatures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from tixmaster.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tixmaster.stack.config import Config
    from tixmaster.stack.errors import StackError
    from tixmaster.stack.logs import Line, Source
    from tixmaster.stack.logs.scan import Counted

NEWEST = 50
WIDEST = 400
MOST_SIGNED = 20_000
"""So many of a manager's newest entries are signed where no time is given."""
PRINTED_AT_ONCE = 10_000


def register(app: App) -> None:
    """Adds `tix logs` and `tix signatures`."""
    app.command(logs)
    app.command(signatures)


def logs(
    service: str,
    /,
    *,
    errors: bool = False,
    lines: Annotated[int | None, Parameter(name=["--lines", "-n"], validator=Number(gte=0))] = None,
    follow: Annotated[bool, Parameter(name=["--follow", "-f"])] = False,
    since: str | None = None,
    until: str | None = None,
    signatures: bool = False,
    json: bool = False,
) -> int:
    """Print the newest log lines of a service, or those of a time (SOP 3.1).

    Parameters
    ----------
    service
        backend, postgres, prometheus, alertmanager, oncall, mail, or one that tixmaster.toml names.
    errors
        Only errors.
    lines
        How many; 50, or with --since as many as there are.
    follow
        Stay and print what comes.
    since
        From then on: 90s, 15m, 2h, 3d, 14:00 or 2026-11-23T14:00.
    until
        Up to then, written likewise.
    signatures
        Count the entries by what they say, without their numbers and names.
    json
        Print one JSON document.
    """
    from tixmaster.stack import config as configuration
    from tixmaster.stack.errors import ConfigError
    from tixmaster.stack.logs import sources

    if follow and (json or signatures or until is not None):
        raise ConfigError(
            "--follow has no end, so it goes with neither --json, --signatures nor --until. Leave one out."
        )
    config = configuration.load()
    name = config.short_name(service)
    found = sources(config, name, errors)
    head = {"service": config.full_name(name), "sources": [source.name for source in found]}
    if signatures:
        _show_signatures(_count(found, errors, lines, _period(since, until)), head, json=json)
        return 0
    # What comes while the newest lines are read must not be lost.
    followed = _Followed([(source, "") for source in found]) if follow else None
    _print_entries(
        _entries(found, NEWEST if lines is None else lines, lines, _period(since, until)), head, lines, since, json
    )
    if followed is not None:
        sys.stdout.flush()
        followed.print_all()
    return 0


def signatures(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    assign: bool = False,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    json: bool = False,
) -> int:
    """Count the errors of any log file by signature: messages without their numbers, ids and names.

    Parameters
    ----------
    file
        A log file, JSON or plain text, also compressed; - reads standard input.
    assign
        Instead print the id of each line's signature, in order.
    everything
        All entries, not only errors; so it is anyway in a plain log without errors.
    json
        Print one JSON document.
    """
    from itertools import islice
    from pathlib import Path

    from tixmaster.stack.logs import parts, reading, scan

    path = Path(file)
    if assign:
        if file == "-":
            ids = parts.assign(reading.in_blocks(reading.lines_of_stream(sys.stdin.buffer)))
        else:
            ids = parts.assign(reading.blocks(path))
        if json:
            output.print_json({"file": file, "signatures": list(ids)})
        else:
            while batch := list(islice(ids, PRINTED_AT_ONCE)):
                print("\n".join(batch))
        return 0
    if file == "-":
        counted = scan.count_lines(reading.lines_of_stream(sys.stdin.buffer), "standard input", everything=everything)
    else:
        counted = scan.count(path, everything=everything)
    _show_signatures(counted, {"file": file}, json=json)
    return 0


def stream(config: Config) -> None:
    """Prints what every service logs from now on, until Ctrl-C."""
    from tixmaster.stack import logs as files
    from tixmaster.stack.config import SERVICE_NAMES

    found = [
        (files.FileSource(path), f"{name:<13}") for name in SERVICE_NAMES for path in files.files(config, name)[:1]
    ]
    _Followed(list(found)).print_all()


def _period(since: str | None, until: str | None) -> tuple[datetime, datetime] | None:
    """From when to when; None where neither is given. Wrong use where it ends before it begins."""
    from datetime import UTC, datetime, timedelta

    from tixmaster.stack.errors import ConfigError
    from tixmaster.stack.logs.since import moment_of_words

    if since is None and until is None:
        return None
    now = datetime.now(UTC)
    # Clocks of other machines may be ahead.
    end = moment_of_words(until, now) if until else now + timedelta(minutes=1)
    begin = moment_of_words(since, now) if since else datetime(1970, 1, 2, tzinfo=UTC)
    if begin > end:
        raise ConfigError(
            f"--since {begin:%Y-%m-%d %H:%M:%S %Z} is after --until {end:%Y-%m-%d %H:%M:%S %Z}. Swap them?"
        )
    return begin, end


def _entries(
    found: list[Source], newest: int, most: int | None, period: tuple[datetime, datetime] | None
) -> Iterable[Line]:
    """One source as it comes; several by time, where all say one."""
    if period is None:
        each = [source.last(newest) for source in found]
    elif len(found) == 1 and most is None:
        return found[0].window(*period)
    else:
        each = [list(source.window(*period)) for source in found]
    lines = [line for one in each for line in one]
    if len(each) > 1 and all(line.at is not None for line in lines):
        lines.sort(key=lambda line: line.at.timestamp() if line.at else 0.0)
    return lines[-newest:] if most is not None or period is None else lines


def _print_entries(
    entries: Iterable[Line], head: dict[str, Any], most: int | None, since: str | None, json: bool
) -> None:
    if json:
        told = [
            {
                "at": line.at.isoformat() if line.at else None,
                "place": line.place,
                "text": line.text,
                "fields": line.fields,
            }
            for line in entries
        ]
        output.print_json({**head, "entries": told})
        return
    shown = 0
    if since is None and (most is None or most):
        wanted = NEWEST if most is None else most
        texts = [text for line in entries for text in line.text.split("\n")][-wanted:]
        print("\n".join(texts)) if texts else None
        shown = len(texts)
    else:
        for line in entries:
            print(line.text)
            shown += 1
    if not shown and most != 0:
        print(f"(nothing in {', '.join(head['sources'])}{' of that time' if since else ''})", file=sys.stderr)


def _count(found: list[Source], errors: bool, lines: int | None, period: tuple[datetime, datetime] | None) -> Counted:
    """Of the time given, else of the newest so many entries, else of the whole file."""
    from tixmaster.stack.logs import FileSource, scan
    from tixmaster.stack.logs.signing import Tally
    from tixmaster.stack.logs.source import ErrorsOf

    only = found[0].source if isinstance(found[0], ErrorsOf) else found[0]
    if period is None and lines is None and len(found) == 1 and isinstance(only, FileSource):
        return scan.count(only.path, everything=not errors)
    tally = Tally()
    for line in _entries(found, MOST_SIGNED if lines is None else lines, lines, period):
        tally.add(line.fields, line.text)
    return scan.Counted(of="errors" if errors else "entries", entries=tally.total, signatures=tally.signatures())


def _show_signatures(counted: Counted, head: dict[str, Any], *, json: bool) -> None:
    from dataclasses import asdict

    if json:
        output.print_json(
            {
                **head,
                "of": counted.of,
                "entries": counted.entries,
                "signatures": [asdict(item) for item in counted.signatures],
            }
        )
        return
    if not counted.signatures:
        print(f"no {counted.of} in {head.get('file') or ', '.join(head['sources'])}", file=sys.stderr)
        return
    print(f"{counted.entries:,} {counted.of}, {len(counted.signatures):,} signatures")
    for item in counted.signatures:
        print(f"{item.count:>9,}  {item.id}  {item.pattern[:WIDEST]}")


class _Followed:
    """Sources, each with the prefix of its lines; what comes to them is caught from now on."""

    def __init__(self, found: list[tuple[Source, str]]) -> None:
        from queue import SimpleQueue
        from threading import Event

        self._stop = Event()
        self._coming: SimpleQueue[str | StackError | None] = SimpleQueue()
        self._each = [(source.follow(self._stop), prefix) for source, prefix in found]

    def print_all(self) -> None:
        """Prints each line, until Ctrl-C or until all sources have ended."""
        from threading import Thread

        for lines, prefix in self._each:
            Thread(target=self._listen, args=(lines, prefix), daemon=True).start()
        running = len(self._each)
        try:
            while running:
                text = self._coming.get()
                if isinstance(text, Exception):
                    raise text
                if text is None:
                    running -= 1
                else:
                    print(text, flush=True)
        finally:
            self._stop.set()

    def _listen(self, lines: Iterator[str], prefix: str) -> None:
        from tixmaster.stack.errors import StackError

        try:
            for text in lines:
                self._coming.put(prefix + text)
            self._coming.put(None)
        except StackError as error:
            self._coming.put(error)
