"""JSON lines in `combined.log` (everything) and `error.log` (errors), for structlog and the standard library's loggers.

Fields of every line: `timestamp` (UTC, RFC 3339 with milliseconds), `level`, `message`, `service`, `environment`;
inside a request also `requestId` and `userId`. A traceback is one field, `exception`; its cause in one line is `error`.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from tixmaster.telemetry.files import FileSink, StreamSink

COMBINED: Final = "combined.log"
ERRORS: Final = "error.log"
LIMIT_BYTES: Final = 20_000_000
KEEP: Final = 5

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Sink(Protocol):
    """Somewhere that lines go."""

    def write(self, line: bytes) -> None: ...

    def close(self) -> None: ...


class Output:
    """Where structlog hands its finished lines: one method per level."""

    def __init__(self, everything: Sink, errors: Sink | None = None) -> None:
        self._everything = everything
        self._errors = errors

    def info(self, line: bytes) -> None:
        """Writes to the combined log."""
        self._everything.write(line)

    debug = warning = info

    def error(self, line: bytes) -> None:
        """Writes to both logs."""
        self._everything.write(line)
        if self._errors is not None:
            self._errors.write(line)

    critical = exception = error

    def close(self) -> None:
        """Writes out what is queued. Lines logged later are lost."""
        self._everything.close()
        if self._errors is not None:
            self._errors.close()


def configure(
    *,
    service: str,
    environment: str,
    folder: Path | None,
    printed: bool = False,
    limit: int = LIMIT_BYTES,
    keep: int = KEEP,
) -> Output:
    """Sends all logging of this process to `folder` (to standard output without one). Close the result at the end.

    What is `printed` goes to standard output as well. A file may grow to `limit` bytes; `keep` older ones stay beside it.
    """
    output = _output(folder, printed, limit, keep)
    structlog.configure(
        processors=_processors(service, environment),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: output,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_FromStandardLibrary()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    return output


def describe(error: BaseException) -> str:
    """An error in one line, with its type: `ConnectionRefusedError: [Errno 111] …`; its root cause if wrapped."""
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return " ".join(f"{type(cause).__name__}: {cause}".split())


def _output(folder: Path | None, printed: bool, limit: int, keep: int) -> Output:
    if folder is None:
        return Output(StreamSink(sys.stdout.buffer))
    folder.mkdir(parents=True, exist_ok=True)
    copy = sys.stdout.buffer if printed else None
    everything = FileSink(folder / COMBINED, limit=limit, keep=keep, copy=copy)
    return Output(everything, FileSink(folder / ERRORS, limit=limit, keep=keep))


def _processors(service: str, environment: str) -> list[Processor]:
    def shape(_logger: Any, level: str, event: EventDict) -> EventDict:
        return {
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": "error" if level == "exception" else level,
            "message": event.pop("event", None),
            "service": service,
            "environment": environment,
            **event,
        }

    return [structlog.contextvars.merge_contextvars, _explain, shape, _render]


def _explain(_logger: Any, _level: str, event: EventDict) -> EventDict:
    """Turns `exc_info` into the fields `error` and `exception`."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exception()
    if error is not None:
        event.setdefault("error", describe(error))
        event["exception"] = "".join(traceback.format_exception(error))
    return event


def _render(_logger: Any, _level: str, event: EventDict) -> bytes:
    return _encode(event)


class _FromStandardLibrary(logging.Handler):
    """Passes the records of libraries (asyncio, Litestar, Granian, warnings) on as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            structlog.get_logger().log(
                record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info
            )
        except Exception:  # noqa: BLE001 - the contract of logging.Handler: a log call never raises into its caller
            self.handleError(record)
