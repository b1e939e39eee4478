"""The journal of a systemd unit, through `journalctl -o json`."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.linear import utf8
from tixmaster.stack.logs.line import Line, text_of
from tixmaster.stack.logs.message import said_plainly
from tixmaster.stack.logs.stamps import NO_JSON
from tixmaster.stack.said import said, system

SECONDS: Final = 30.0
COMMAND: Final = ("journalctl", "-o", "json", "--no-pager")


@dataclass(frozen=True)
class JournalSource:
    """One unit's entries."""

    unit: str

    @property
    def name(self) -> str:
        return f"journald {self.unit}"

    def last(self, count: int) -> list[Line]:
        return list(self._ask(f"--lines={count}"))

    def window(self, since: datetime, until: datetime) -> Iterator[Line]:
        for line in self._ask(f"--since=@{since.timestamp():.6f}", f"--until=@{until.timestamp():.6f}"):
            if line.at is None or since <= line.at <= until:
                yield line

    def follow(self, stop: threading.Event) -> Iterator[str]:
        process = self._start("--lines=0", "--follow")
        # Reading waits for the next line, so the end has to come from outside.
        threading.Thread(target=_end_after, args=(stop, process), daemon=True).start()
        try:
            for raw in process.stdout or ():
                if (line := self._line(raw)) is not None:
                    yield line.text
        finally:
            process.kill()
            process.communicate()

    def _ask(self, *options: str) -> Iterator[Line]:
        process = self._start("--quiet", *options)
        ended = threading.Timer(SECONDS, process.kill)
        ended.start()
        found = False
        try:
            for raw in process.stdout or ():
                if (line := self._line(raw)) is not None:
                    found = True
                    yield line
            words = process.communicate()[1].decode("utf-8", "replace").strip()
            if process.returncode != 0 or (not found and words):
                raise UnreachableError(
                    said(
                        "journald gave no entries of {unit}: {words}. "
                        "To see those of system units be root or in the group systemd-journal.",
                        "journald 未提供 {unit} 的記錄：{words}。查看系統單元的記錄須為 root 或 systemd-journal 群組成員。",
                        unit=self.unit,
                        words=words[-300:]
                        or said("no answer within {seconds:g} s", "{seconds:g} 秒內沒有回應", seconds=SECONDS),
                    )
                )
        finally:
            ended.cancel()
            process.kill()
            process.communicate()

    def _start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [*COMMAND, f"--unit={self.unit}", *options]
        try:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            raise UnreachableError(
                said(
                    "cannot read the journal of {unit}: {why}. Is it a machine with systemd? "
                    'Else name its files: logs = ["/path/of/its.log"]',
                    "無法讀取 {unit} 的日誌：{why}。此機器是否使用 systemd？"
                    '否則請指定其檔案：logs = ["/path/of/its.log"]',
                    unit=self.unit,
                    why=system(error),
                )
            ) from error

    def _line(self, raw: bytes) -> Line | None:
        try:
            entry = msgspec.json.decode(raw, type=dict[str, Any])
            at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
        except (*NO_JSON, KeyError, TypeError, ValueError, OverflowError):
            return None
        message = entry.get("MESSAGE")
        # What is no text comes as a list of its bytes, what is too large as null.
        said = _bytes(message) if isinstance(message, list) else utf8(said_plainly(message or ""))
        told = {"level": _level(entry), "message": text_of(said), "PRIORITY": entry.get("PRIORITY")}
        return Line(number=None, offset=-1, data=said, at=at, file=self.unit, told=told)


def _end_after(stop: threading.Event, process: subprocess.Popen[bytes]) -> None:
    stop.wait()
    process.kill()


def _bytes(numbers: list[Any]) -> bytes:
    try:
        return bytes(numbers)
    except (TypeError, ValueError):  # a field that was written several times comes as a list of all its values
        return b"\n".join(utf8(said_plainly(one)) for one in numbers)


def _level(entry: dict[str, Any]) -> str | None:
    """Only where the priority says more than that something was printed."""
    number = str(entry.get("PRIORITY", ""))
    return {"0": "emerg", "1": "alert", "2": "crit", "3": "err", "4": "warning"}.get(number)
