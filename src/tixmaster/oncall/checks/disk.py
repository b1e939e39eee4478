"""Is there room left where a service keeps its logs and data?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.config import SERVICE_NAMES, Config
from tixmaster.stack.said import joined, said, system

Ratio = Annotated[float, Meta(ge=0, le=1)]
GIB = 1024**3


class DiskParams(Params, frozen=True, kw_only=True):
    """Either `service` or `path` must be given."""

    service: Annotated[str | None, about("whose logs and data")] = None
    path: Annotated[str | None, about("a file or folder; a relative one starts at the folder of tixmaster.toml")] = None
    free_ratio_above: Annotated[Ratio, about("the part of the bytes that must be free")] = 0.05
    inodes_free_ratio_above: Annotated[Ratio, about("the part of the inodes that must be free")] = 0.02

    def __post_init__(self) -> None:
        if (self.service is None) == (self.path is None):
            raise ValueError("give either service or path")


class DiskValue(Value, frozen=True, kw_only=True):
    """The fullest of the file systems that hold it."""

    path: Annotated[str, about("what was looked at")] = ""
    free_ratio: Annotated[float | None, about("free bytes of all bytes, without those kept back for root")] = None
    free_bytes: Annotated[int | None, about("bytes that can still be written")] = None
    inodes_free_ratio: Annotated[float | None, about("free inodes of all; null where they are not counted")] = None


@check("disk", DiskParams, DiskValue)
def disk(params: DiskParams, scene: Scene) -> Finding:
    """Free bytes and inodes of the file system that holds a path, or a service's logs and data."""
    places = _places(params, scene.config)
    try:
        seen = [_look(place) for place in places]
    except OSError as error:
        reason = said(
            "cannot look at {path}: {why}; run on-call as a user who may, or mend the path",
            "無法查看 {path}：{why}；請以有權限的使用者執行值勤系統，或修正路徑",
            path=error.filename,
            why=system(error.strerror),
        )
        return Finding(status="error", reason=reason, value=DiskValue().plain())
    value = min(
        seen, key=lambda one: min(one.free_ratio or 0, 1.0 if one.inodes_free_ratio is None else one.inodes_free_ratio)
    )
    free, inodes = value.free_ratio or 0.0, value.inodes_free_ratio
    reason = said(
        "{path}: {free:.0%} free ({size:.1f} GiB)",
        "{path}：剩餘 {free:.0%}（{size:.1f} GiB）",
        path=value.path,
        free=free,
        size=(value.free_bytes or 0) / GIB,
    )
    short = free <= params.free_ratio_above
    if inodes is not None and inodes <= params.inodes_free_ratio_above:
        short, left = True, said("{inodes:.1%} of the inodes free", "inode 剩餘 {inodes:.1%}", inodes=inodes)
        reason = joined([reason, left], ", ", "，")
    return Finding(status="failed" if short else "ok", reason=reason, value=value.plain())


def _places(params: DiskParams, config: Config) -> list[Path]:
    """What to look at: of a service, its log files and, of our own, its folder of state; its logs may lie on a
    disk of their own."""
    if params.service is None:
        return [config.path_of(Path(params.path or "."))]
    service = config.service(params.service)
    named = [path for path in (*service.logs, service.error_log) if path is not None]
    places = [config.path_of(path) for path in named]
    if params.service in SERVICE_NAMES or not places:
        places += [config.var / params.service, config.var / params.service / "logs"]
    return [_existing(place) for place in places]


def _existing(place: Path) -> Path:
    """What is to be written later lies where its nearest folder is."""
    return next(folder for folder in (place, *place.parents) if folder.exists())


def _look(place: Path) -> DiskValue:
    usage = shutil.disk_usage(place)
    inodes: float | None = None
    if hasattr(os, "statvfs"):
        state = os.statvfs(place)
        # Some file systems (btrfs, network ones) have no fixed number of inodes and say 0.
        inodes = round(state.f_favail / state.f_files, 4) if state.f_files else None
    total = usage.used + usage.free
    return DiskValue(
        path=str(place),
        free_ratio=round(usage.free / total, 4) if total else 0.0,
        free_bytes=usage.free,
        inodes_free_ratio=inodes,
    )
