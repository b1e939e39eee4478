"""`tix` with a wall clock that a file sets: `python -m tests.integration.oncall.set_clock FILE serve oncall`.

The file holds the seconds that are added to the machine's clock. Clocks that count, the monotonic ones, go on as they are.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from tixmaster.cli.main import main
from tixmaster.oncall import clock

FILE = Path(sys.argv[1])
_true_time = time.time


def _offset() -> float:
    return float(FILE.read_text())


class Shown(datetime):
    """What the clock shows."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # plain moments, for the databases
        return datetime.now(tz) + timedelta(seconds=_offset())


if __name__ == "__main__":
    time.time = lambda: _true_time() + _offset()
    vars(clock)["datetime"] = Shown
    sys.argv = ["tix", *sys.argv[2:]]
    main()
