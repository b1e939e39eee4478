"""Drawing: in a process of its own, whose end costs at most the picture it was at."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tixmaster.oncall.errors import DrawingError
from tixmaster.oncall.evidence.drawing.artist import Artist
from tixmaster.oncall.evidence.drawing.picture import Line, Picture

from ..conftest import START

PNG = b"\x89PNG\r\n"
HANGS = """
from tixmaster.oncall.evidence.drawing import __main__ as process, draw
drawn = draw.draw
def stumble(wanted):
    while wanted.title == "hangs":
        pass
    return 1 / 0 if wanted.title == "breaks" else drawn(wanted)
draw.draw = stumble
process.main()
"""


def panel(title: str = "Requests", values: tuple[float, ...] = (1.0, math.nan, 3.0)) -> Picture:
    times = tuple(START.timestamp() + 5 * place for place in range(len(values)))
    line = Line(name="backend", times=times, values=values)
    return Picture(title=title, unit="per s", threshold=2.0, lines=(line,), started_at=START, alerted_at=START)


@pytest.fixture
def artist(tmp_path: Path) -> Iterator[Artist]:
    """One whose process hangs or breaks over pictures of that title."""
    artist = Artist(tmp_path / "drawing", command=(sys.executable, "-c", HANGS))
    yield artist
    artist.close()
    psutil.wait_procs(_drawing())


def _drawing() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "evidence.drawing" in " ".join(one.cmdline())]


def _child() -> psutil.Process:
    (child,) = _drawing()
    return child


def test_a_panel_becomes_a_picture(artist: Artist) -> None:
    """With gaps and without any values, by one and the same process."""
    assert artist.draw(panel()).startswith(PNG)
    first = _child()
    assert artist.draw(panel(values=())).startswith(PNG)
    assert _child() == first


def test_a_picture_that_cannot_be_drawn_says_why(artist: Artist) -> None:
    """And the process draws the next one."""
    with pytest.raises(DrawingError, match="ZeroDivisionError"):
        artist.draw(panel("breaks"))
    assert artist.draw(panel()).startswith(PNG)


def test_a_drawing_that_hangs_costs_itself_only(artist: Artist) -> None:
    """The process is ended, and another draws the next picture."""
    with pytest.raises(DrawingError, match=r"ended with (-27|1) "):
        artist.draw(panel("hangs"))
    assert artist.draw(panel()).startswith(PNG)


def test_a_crash_costs_the_picture_it_was_at(artist: Artist) -> None:
    """It is not tried again: it may have been that picture's fault."""
    assert artist.draw(panel()).startswith(PNG)
    child = _child()
    child.suspend()
    asked = threading.Thread(target=child.kill)
    asked.start()
    with pytest.raises(DrawingError, match="ended with -9"):
        artist.draw(panel())
    asked.join()
    assert artist.draw(panel()).startswith(PNG)


def test_it_ends_when_nothing_is_asked_of_it(tmp_path: Path) -> None:
    """And starts anew for the next picture."""
    artist = Artist(tmp_path, idle_seconds=0.5)
    artist.be_ready()
    first = _child()
    first.wait(30)
    assert artist.draw(panel()).startswith(PNG)
    artist.close()


def test_a_rehearsal_leaves_the_list_of_fonts_and_no_process(tmp_path: Path) -> None:
    """What is found out about this machine is kept for the next start."""
    Artist(tmp_path / "drawing").rehearse()
    assert list((tmp_path / "drawing").glob("fontlist*.json"))
    assert not _drawing()


def test_it_does_not_outlive_oncall(tmp_path: Path) -> None:
    """Not even when on-call is ended by `kill -9`."""
    program = (
        "import pathlib, time; from tixmaster.oncall.evidence.drawing.artist import Artist; "
        f"Artist(pathlib.Path({str(tmp_path)!r})).be_ready(); print('ready', flush=True); time.sleep(60)"
    )
    oncall = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert oncall.stdout is not None
    assert oncall.stdout.readline() == b"ready\n"
    (child,) = psutil.Process(oncall.pid).children()
    os.kill(oncall.pid, signal.SIGKILL)
    oncall.wait(10)
    oncall.stdout.close()
    child.wait(30)
    assert not child.is_running()
