"""Runbooks that a person has carried out from the console: begun, followed step by step, kept as JSON beside the records.

What is kept is what `tix sop run --json` prints, with who began it and when. A runbook only looks; the acts of a procedure
are left out here, as nobody is at hand to say yes to each.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import ManualBusyError, UnknownRunError
from tixmaster.oncall.evidence.locker import write_file
from tixmaster.oncall.evidence.redact import redact_tree
from tixmaster.oncall.sop import run as runs
from tixmaster.oncall.sop.library import Manual
from tixmaster.oncall.store import audit
from tixmaster.stack.said import said

FOLDER: Final = "runbooks"
MOST_KEPT: Final = 200
"""The oldest go when there are more."""
AT_ONCE: Final = 3
"""Of one process: a check costs those whom it looks at."""
SILENT: Final = timedelta(seconds=90)
"""No step takes longer: a run that was not written for so long has ended with its process."""
_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_under_way = threading.BoundedSemaphore(AT_ONCE)

log = structlog.get_logger(__name__)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it is announced."""

    id: str
    title: dict[str, str]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it stands: `result` is the document of `tix sop run --json`, as far as it goes."""

    id: str
    name: str
    stem: str
    title: dict[str, str]
    service: str
    by: str
    begun_at: datetime
    written_at: datetime
    ended_at: datetime | None
    problem: str | None
    planned: list[Planned]
    result: dict[str, Any]

    def over(self, now: datetime) -> bool:
        """Whether nothing more is to come."""
        return self.ended_at is not None or self.broken_off(now)

    def broken_off(self, now: datetime) -> bool:
        """Whether its process ended before it did."""
        return self.ended_at is None and now - self.written_at > SILENT

    def waiting(self) -> list[Planned]:
        """The steps that are still to come."""
        done = {step["id"] for step in self.result["steps"]}
        return [step for step in self.planned if step.id not in done]


def begin(desk: Desk, name: str, service: str, minutes: float, *, by: str, address: str) -> str:
    """Begins to carry out a runbook or procedure in the background; returns the id of the run.

    Raises `UnknownDocumentError`, and `ManualBusyError` where `AT_ONCE` are under way here.
    """
    manual, now = desk.library.manual, desk.now()
    target = runs.find(manual, name, service)
    run = runs.Run(
        target=target,
        config=desk.config,
        started_at=now - timedelta(minutes=minutes),
        now=desk.now,
    )
    if not _under_way.acquire(blocking=False):
        raise ManualBusyError(
            said(
                "{many} runbooks are being carried out already; wait until one has ended",
                "已有 {many} 份作業程序正在執行；請待其中之一結束",
                many=AT_ONCE,
            )
        )
    try:
        number = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        first = Kept(
            id=number,
            name=target.name,
            stem=target.document.path.stem,
            title=target.document.head.title.both(),
            service=service,
            by=by,
            begun_at=now,
            written_at=now,
            ended_at=None,
            problem=None,
            planned=[Planned(id=part.id, title=part.title.both()) for part in target.parts],
            result=runs.as_json(run, manual),
        )
        with desk.database.write() as connection:
            audit.write(connection, "runbook-run", f"{target.name}, {service}", by=by, at=now, address=address)
        _write(desk, first)
        threading.Thread(target=_carry_out, args=(desk, manual, run, first), name="runbook", daemon=True).start()
    except BaseException:
        _under_way.release()
        raise
    return number


def _carry_out(desk: Desk, manual: Manual, run: runs.Run, kept: Kept) -> None:
    """Writes the run anew after each step. What breaks it stands in it."""
    problem = None
    try:
        for _ in run.steps():
            kept = _grown(desk, kept, runs.as_json(run, manual))
            _write(desk, kept)
    except Exception as error:
        log.exception("runbook-run-failed", run=kept.id)
        problem = f"{type(error).__name__}: {error}"
    finally:
        _under_way.release()
    ended = _grown(desk, kept, runs.as_json(run, manual))
    try:
        _write(desk, msgspec.structs.replace(ended, ended_at=desk.now(), problem=problem))
        _tidy(desk)
    except OSError:
        log.exception("runbook-run-unwritten", run=kept.id)


def _grown(desk: Desk, kept: Kept, result: dict[str, Any]) -> Kept:
    return msgspec.structs.replace(kept, written_at=desk.now(), result=result)


def read(desk: Desk, number: str) -> Kept:
    """A run as it stands; raises `UnknownRunError`."""
    path = path_of(desk, number)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError) as error:
        raise UnknownRunError(
            said(
                "there is no run {number}; the newest {many} are kept",
                "沒有執行紀錄 {number}；僅保留最近 {many} 筆",
                number=number,
                many=MOST_KEPT,
            )
        ) from error


def newest(desk: Desk, limit: int) -> list[Kept]:
    """The newest runs, newest first; a file that cannot be read is left out."""
    return [kept for _, kept in zip(range(limit), _all(desk), strict=False)]


def _all(desk: Desk) -> Iterator[Kept]:
    for path in sorted((desk.config.records / FOLDER).glob("*.json"), reverse=True):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Kept)
        except (OSError, msgspec.MsgspecError):
            log.warning("runbook-run-unread", path=str(path))


def path_of(desk: Desk, number: str) -> Path:
    """Where a run is kept; raises `UnknownRunError` for what is no id."""
    if not _ID.fullmatch(number):
        raise UnknownRunError(
            said(
                "{number!r} is no id of a run; they look like 20260301T031240-0a1b2c3d",
                "{number!r} 不是執行紀錄的代碼；格式如 20260301T031240-0a1b2c3d",
                number=number,
            )
        )
    return desk.config.records / FOLDER / f"{number}.json"


def _write(desk: Desk, kept: Kept) -> None:
    """Redacted, as everything that is kept."""
    write_file(path_of(desk, kept.id), msgspec.json.format(msgspec.json.encode(redact_tree(msgspec.to_builtins(kept)))))


def _tidy(desk: Desk) -> None:
    for path in sorted((desk.config.records / FOLDER).glob("*.json"), reverse=True)[MOST_KEPT:]:
        path.unlink(missing_ok=True)
