"""The process that draws: `python -m tixmaster.oncall.evidence.drawing SECONDS`, started by `artist.py`.

Matplotlib takes as much memory as half of on-call, and most of a second for its first picture. So the process makes itself
ready while the checks run, and ends when nothing was asked of it for so many seconds. It also ends when on-call does, however
that ends, because its standard input does. A drawing that hangs ends it, and where it hung stands on standard error.
"""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO, Final

import msgspec

from tixmaster.oncall.evidence.drawing import picture
from tixmaster.oncall.evidence.drawing.picture import Drawn, Line, Picture

START_SECONDS: Final = 120.0
"""For the first start on a machine, when matplotlib looks at every font there is; others take about a second."""
DRAW_CPU_SECONDS: Final = 2.0
"""Of one drawing, which takes a fifth of a second; on a machine in trouble that can be many seconds of the clock."""
DRAW_SECONDS: Final = 15.0
"""The same for one that hangs without computing."""


def main() -> None:
    """Draws what comes in, until nothing does."""
    patience = float(sys.argv[1])
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    warnings.simplefilter("ignore")  # those of matplotlib are for whoever chooses its settings
    with _no_longer_than(START_SECONDS, cpu=START_SECONDS):
        _draw(_EXAMPLE)
    serve(asked, answers, patience)


def serve(asked: BinaryIO, answers: BinaryIO, patience: float) -> None:
    """Answers every request with its picture. Frames come one at a time, so nothing is read ahead of `select`."""
    while select.select([asked], [], [], patience)[0]:
        body = picture.take(asked)
        if body is None:
            return
        with _no_longer_than(DRAW_SECONDS, cpu=DRAW_CPU_SECONDS):
            answer = _draw(msgspec.msgpack.decode(body, type=Picture))
        picture.put(answers, answer)


@contextmanager
def _no_longer_than(seconds: float, *, cpu: float) -> Iterator[None]:
    """Ends the process, even out of code that never returns to Python, when the block takes longer."""
    faulthandler.register(signal.SIGPROF, chain=True)  # says where it is, and then the signal does what it does
    signal.setitimer(signal.ITIMER_PROF, cpu)
    faulthandler.dump_traceback_later(seconds, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
    signal.setitimer(signal.ITIMER_PROF, 0)


def _draw(wanted: Picture) -> Drawn:
    from tixmaster.oncall.evidence.drawing.draw import draw  # here, because it may take long: see START_SECONDS

    try:
        return Drawn(png=draw(wanted))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with this picture, the next one may be drawn
        return Drawn(problem=f"{type(error).__name__}: {error}")


_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_EXAMPLE: Final = Picture(
    title="example",
    unit="s",
    threshold=1.0,
    lines=(Line(name="example", times=(0.0, 60.0), values=(0.0, 1.0)),),
    started_at=_EPOCH,
    alerted_at=_EPOCH,
)
"""Drawn for nobody: the first picture costs most, and no incident should wait for that."""

if __name__ == "__main__":
    main()
