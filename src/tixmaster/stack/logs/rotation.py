"""The older files that rotation has left beside a log: which they are, and in which order they were written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tixmaster.stack.logs.reading import ENDINGS

_ENDING: Final = r"(?:" + "|".join(re.escape(ending) for ending in ENDINGS) + r")?"
_NUMBER: Final = r"(?P<number>\d{1,4})"
_DATE: Final = r"(?P<date>\d{4}-?\d\d-?\d\d(?:[T_-]?\d\d[-_:]?\d\d(?:[-_:]?\d\d)?)?(?:[.-]\d+)?)"


def rotated(path: Path) -> list[Path]:
    """The log with its older files, oldest first: `x.log.2.gz`, `x.log.1`, `x-20261123.log.gz`, `x__2026-11-23.log`, `x.log`.

    Only files that exist; without the log itself, what rotation has left of it.
    """
    names = _names(path)
    older: list[tuple[tuple[float, str, int], Path]] = []
    try:
        beside = list(path.parent.iterdir())
    except OSError:
        beside = []
    for item in beside:
        found = next((match for name in names if (match := name.fullmatch(item.name))), None)
        if found is not None and item.is_file():
            part = found.groupdict()
            # By date where the name has one; a larger number is an older file.
            order = (_changed(item), part.get("date") or "", -int(part.get("number") or 0))
            older.append((order, item))
    dated = [item for item in older if item[0][1]]
    numbered = [item for item in older if not item[0][1]]
    dated.sort(key=lambda item: re.sub(r"\D", "", item[0][1]).ljust(20, "0"))
    numbered.sort(key=lambda item: item[0][2])
    return [item for _, item in dated + numbered] + ([path] if path.is_file() else [])


def _names(path: Path) -> list[re.Pattern[str]]:
    whole, stem, suffix = re.escape(path.name), re.escape(path.stem), re.escape(path.suffix)
    return [
        re.compile(rf"{whole}\.{_NUMBER}{_ENDING}"),  # logrotate, Python, ours
        re.compile(rf"{whole}[.-]{_DATE}{_ENDING}"),  # logrotate with dateext, Log4j, Python by time
        re.compile(rf"{stem}(?:-|__|\.|_){_DATE}{suffix}{_ENDING}"),  # logrotate with extension, pm2-logrotate, winston
        re.compile(rf"{stem}[.-]?{_NUMBER}{suffix}{_ENDING}"),  # winston: error1.log
    ]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # rotated on while we looked
        return 0.0
