"""How much slower than alone this machine works just now, for tests that judge seconds.

A process that shares the processors with others gets a part of their time. That part is measured where it matters: beside the
work that is judged. Deadlines of the product get no allowance.
"""

from __future__ import annotations

import time
from typing import Final

MOST: Final = 3.0
WORK_SECONDS: Final = 0.2
"""Of processor time: long enough for the scheduler to give others theirs."""


def slowdown() -> float:
    """The time that a loop takes, over the processor time that it gets: 1 on a quiet machine, 3 at most."""
    began, busy = time.monotonic(), time.thread_time()
    while time.thread_time() - busy < WORK_SECONDS:
        pass
    return min(max((time.monotonic() - began) / WORK_SECONDS, 1.0), MOST)
