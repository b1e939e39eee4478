"""Whether the time that a function takes grows with the length of its text and no faster.

What is measured is the processor time of this thread, so other processes on the machine hardly count. A time that is within
the limits is measured once, and the rest of the measurements are saved for one that is not.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from math import inf, log2
from typing import Final

KB: Final = 1024
SIZES: Final = (8 * KB, 128 * KB, 1024 * KB)
PER_DOUBLING: Final = 2.5
AT_MOST_SECONDS: Final = 0.5
FLOOR_SECONDS: Final = 0.01
"""Less is noise: on a busy machine a few milliseconds come and go. What takes the square of the length fails all the same:
from 128 KB to a megabyte it takes 64 times as long, and 16 times are allowed."""
ATTEMPTS: Final = 5


def too_slow(
    work: Callable[[str], object],
    unit: str,
    *,
    begun: str = "",
    sizes: Sequence[int] = SIZES,
    at_most: float = AT_MOST_SECONDS,
    enough: float = inf,
) -> str | None:
    """What is wrong with the times for texts of these sizes (bytes), which begin and go on with the unit again and again.

    No time may be more than `at_most` seconds, or 2.5 times as much for each doubling. A time of `enough` seconds is long
    enough to compare, and larger texts are not tried.
    """
    before, size_before, text_before = inf, sizes[0], ""
    for size in sizes:
        text = begun + unit * max(1, (size - len(begun.encode())) // len(unit.encode()))
        for attempt in range(ATTEMPTS):
            if attempt and text_before:  # both anew: the machine may be slower now than it was
                before = _seconds(work, text_before)
            now = _seconds(work, text)
            if now <= min(at_most, before * PER_DOUBLING ** log2(size / size_before)):
                break
        else:
            return (
                f"{begun!r} and {unit[:80]!r}: {size // KB} KB take {now:.3f} s, {size_before // KB} KB {before:.3f} s"
            )
        if now >= enough:
            break
        before, size_before, text_before = now, size, text
    return None


def assert_linear(
    work: Callable[[str], object],
    units: Sequence[str],
    *,
    begun: Sequence[str] = ("",),
    sizes: Sequence[int] = SIZES,
    at_most: float = AT_MOST_SECONDS,
) -> None:
    """Each unit behind each beginning."""
    slow = (too_slow(work, unit, begun=first, sizes=sizes, at_most=at_most) for first in begun for unit in units)
    found = [said for said in slow if said is not None]
    assert not found, "\n".join(found)


def _seconds(work: Callable[[str], object], text: str) -> float:
    gc.disable()  # what it costs depends on all objects of the whole run of tests
    try:
        began = time.thread_time()
        work(text)
        return max(time.thread_time() - began, FLOOR_SECONDS)
    finally:
        gc.enable()
