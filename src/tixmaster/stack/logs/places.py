"""Where a service's log files are."""

from __future__ import annotations

from pathlib import Path

from tixmaster.stack.config import SERVICE_NAMES, Config


def files(config: Config, service: str) -> list[Path]:
    """The log files of a service that exist: those of `tixmaster.toml`, else its own, else what its process printed."""
    place = config.service(service)
    named = [config.path_of(path) for path in place.logs]
    if named or service not in SERVICE_NAMES:
        return [path for path in named if path.is_file()]
    own = [config.var / service / "logs" / name for name in ("combined.log", "error.log")]
    printed = config.var / "supervisor" / f"{service}.log"
    return [path for path in own if path.is_file()] or [path for path in [printed] if path.is_file()]


def error_log(config: Config, service: str) -> Path:
    """Where a service writes its errors, or failing that everything; the file need not exist."""
    place = config.service(service)
    if place.error_log is not None:
        return config.path_of(place.error_log)
    if place.logs:
        return config.path_of(place.logs[0])
    own = config.var / service / "logs" / "error.log"
    return own if own.parent.is_dir() else config.var / "supervisor" / f"{service}.log"
