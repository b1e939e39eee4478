"""Which of the cases of a long test are due in this run.

The cases of long tests (mutants of the alert rules, places where on-call is killed) are spread over ten slots. A run takes
the slot of the commit (its number modulo ten), and the cases whose subject changed in the last ten commits.
`./tix test --full` takes all of them. Where `TIXMASTER_TEST_RECORD` names a file, the slots of the commits since its last
entry are added.
"""

from __future__ import annotations

import os
import subprocess
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
SLOTS = 10
FULL, WHOLE, RECORD = "TIXMASTER_TEST_FULL", "TIXMASTER_TEST_WHOLE", "TIXMASTER_TEST_RECORD"
"""`./tix test` sets the first two: take all cases; this is a run of everything, not of a few files."""
MODULES = (".py", ".sql", ".md")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The slots that are due, the files that changed lately, and why, for people."""

    slots: frozenset[int]
    changed: frozenset[str]
    why: str
    commits: int = 0

    @property
    def full(self) -> bool:
        return len(self.slots) == SLOTS

    def takes(self, name: str, subjects: Iterable[str] = ()) -> bool:
        """Whether the case of that name is due; `subjects` are the stems of the files that it is made of or about."""
        return slot_of(name) in self.slots or not self.changed.isdisjoint(subjects)


def slot_of(name: str) -> int:
    """Where a case stands, whatever stands before it: a case that is added moves no other."""
    return zlib.crc32(name.encode()) % SLOTS


@cache
def plan() -> Plan:
    """What is due now."""
    if os.environ.get(FULL):
        return Plan(slots=frozenset(range(SLOTS)), changed=frozenset(), why="all slots: the whole of it was asked for")
    try:
        shallow = _git("rev-parse", "--is-shallow-repository") != "false"
        commits = int(_git("rev-list", "--count", "HEAD"))
    except (OSError, subprocess.SubprocessError, ValueError):
        shallow, commits = True, 0
    if shallow:
        return Plan(slots=frozenset({0}), changed=frozenset(), why="slot 0: there is no history here")
    since = _recorded(commits)
    slots = frozenset(number % SLOTS for number in range(min(since + 1, commits), commits + 1)[-SLOTS:])
    words = ", ".join(map(str, sorted(slots)))
    why = f"slot{'' if len(slots) == 1 else 's'} {words} of {SLOTS}: this is commit {commits}"
    return Plan(slots=slots, changed=_changed(commits), why=why, commits=commits)


def due(cases: Iterable[T], name: Callable[[T], str], subjects: Callable[[T], Iterable[str]]) -> list[T]:
    """The cases that this run takes."""
    return [case for case in cases if plan().takes(name(case), subjects(case))]


Sampled = Callable[[str, int, int], None]
"""Notes for the end of the run that of so many cases so many were taken: what they are, the taken, all."""


def record() -> None:
    """Notes in the file of `TIXMASTER_TEST_RECORD` that everything was green at this commit."""
    if (place := os.environ.get(RECORD)) and plan().commits:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(f"{plan().commits}\n")


def _recorded(commits: int) -> int:
    """The last commit that was recorded; without a record, the one before this."""
    place = os.environ.get(RECORD)
    lines = Path(place).read_text(encoding="utf-8").split() if place and Path(place).exists() else []
    last = int(lines[-1]) if lines else commits - 1
    return last if last <= commits else commits - 1


def _changed(commits: int) -> frozenset[str]:
    """The stems of the modules that changed in the last ten commits."""
    names = _git("diff", "--name-only", f"HEAD~{min(SLOTS, commits - 1)}", "HEAD").splitlines()
    return frozenset(PurePath(name).stem for name in names if name.endswith(MODULES))


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()
