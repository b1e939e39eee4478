"""`tix bench logs`: the last minutes of a large log, its error signatures beside ripgrep counting the same lines, and how
fast and how well the lines of many formats are grouped."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any, Final

import msgspec

from tixmaster.bench import log_formats
from tixmaster.bench.errors import BenchError
from tixmaster.bench.log_file import GB, LogFile, make
from tixmaster.stack import packages
from tixmaster.stack.logs import window
from tixmaster.stack.logs.assigning import assign
from tixmaster.stack.programs import installed

ON_DISK: Final = Path("/var/tmp")  # noqa: S108 - mkdtemp below makes a folder of our own in it
LAST: Final = timedelta(minutes=5)
COMMAND_SECONDS: Final = 600.0
MATCH: Final = '"level":"error"'
ASSIGNED_LINES: Final = 300_000
ASSIGNED_LEAST: Final = 20_000
"""With a log of less than 1 GB fewer lines are written, but so many: what starting takes shall not be all that is seen."""
LABELLED_ENTRIES: Final = 2_000
AT_MOST: Final = {"window_ms": 150, "ratio": 8}
AT_LEAST: Final = {"assign_lines_per_s": 100_000, "grouping_accuracy": 0.95}
TARGETS: Final = {**AT_MOST, **AT_LEAST}

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Round:
    """How long each took (s), and what it found."""

    window_s: float
    entries: int
    signatures_s: float
    errors: int
    kinds: int
    ripgrep_s: float
    matched: int


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """Lines that got the ids of their signatures: how many, of how many bytes, and how long each round took."""

    lines: int
    size: int
    seconds: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The log and what was measured on it."""

    log: LogFile
    rounds: tuple[Round, ...]
    assigned: Assigned
    accuracy: dict[str, float]
    """By format: the share of lines that are in exactly the right group."""


def run(rounds: int, size: int, say: Say) -> Outcome:
    """Writes a log of `size` bytes to a temporary folder on the disk, measures, and leaves nothing behind."""
    program = find_ripgrep(say)
    place = os.environ.get("TMPDIR") or (str(ON_DISK) if ON_DISK.is_dir() else None)
    with tempfile.TemporaryDirectory(prefix="tix-bench-", dir=place) as folder:
        say(f"writing a log of {size / GB:g} GB")
        log = make(Path(folder) / "combined.log", size)
        say("warming up")
        _round(log, program)  # whoever is first would pay for what is not in memory yet
        measured = []
        for number in range(1, rounds + 1):
            one = _round(log, program)
            measured.append(one)
            say(
                f"  round {number}  last 5 minutes {one.window_s * 1000:6.1f} ms"
                f"  signatures {one.signatures_s:6.3f} s  ripgrep {one.ripgrep_s:6.3f} s"
            )
        assigned = _assign(
            Path(folder) / "mixed.log", max(ASSIGNED_LEAST, round(ASSIGNED_LINES * min(1, size / GB))), rounds
        )
        say(f"  assigned ids to {assigned.lines:,} lines in {median(assigned.seconds):.3f} s")
    return Outcome(log=log, rounds=tuple(measured), assigned=assigned, accuracy=_accuracy())


def find_ripgrep(say: Say) -> str:
    """ripgrep's program, installed where we may; raises `BenchError`."""
    still = packages.install(packages.missing(packages.FOR_LOG_BENCH), say)
    program = installed(packages.RIPGREP.binaries)
    if still or program is None:
        cost, what = packages.RIPGREP.cost, packages.advice(still)
        raise BenchError(f"ripgrep is not installed: {cost}.\n  what to do  {what}")
    return program


def figures(outcome: Outcome) -> dict[str, Any]:
    """Medians of the rounds by name, the rounds themselves, and whether everything was found that is in the log."""
    log, rounds = outcome.log, outcome.rounds
    signatures_s, ripgrep_s = (median(getattr(one, name) for one in rounds) for name in ("signatures_s", "ripgrep_s"))
    wanted = sum(one >= log.moments[-1] - LAST.total_seconds() for one in log.moments)
    return {
        "window_ms": round(median(one.window_s for one in rounds) * 1000, 1),
        "signatures_s": round(signatures_s, 3),
        "ripgrep_s": round(ripgrep_s, 3),
        "ratio": round(signatures_s / ripgrep_s, 2),
        "assign_lines_per_s": round(outcome.assigned.lines / median(outcome.assigned.seconds)),
        "assign_line_bytes": round(outcome.assigned.size / outcome.assigned.lines),
        "grouping_accuracy": round(mean(outcome.accuracy.values()), 4),
        "grouping_accuracy_by_format": {name: round(one, 4) for name, one in outcome.accuracy.items()},
        "log_bytes": log.size,
        "log_lines": log.lines,
        "errors": log.errors,
        "window_entries": wanted,
        "found_exactly": all(
            (one.entries, one.errors, one.kinds, one.matched) == (wanted, log.errors, log.kinds, log.errors)
            for one in rounds
        ),
        "rounds": {
            "window_ms": [round(one.window_s * 1000, 1) for one in rounds],
            "signatures_s": [round(one.signatures_s, 3) for one in rounds],
            "ripgrep_s": [round(one.ripgrep_s, 3) for one in rounds],
        },
    }


def judge(found: dict[str, Any]) -> dict[str, bool]:
    """Each target, and that nothing was missed, with whether it is so."""
    return (
        {name: found[name] <= target for name, target in AT_MOST.items()}
        | {name: found[name] >= target for name, target in AT_LEAST.items()}
        | {"found_exactly": found["found_exactly"]}
    )


def document(found: dict[str, Any]) -> dict[str, Any]:
    """The whole of `--json`, from the figures."""
    return {"bench": "logs", "ok": all(judge(found).values()), "figures": found, "targets": TARGETS}


def _round(log: LogFile, program: str) -> Round:
    until = datetime.fromtimestamp(log.moments[-1], UTC)
    began = time.perf_counter()
    entries = sum(1 for _ in window(log.path, until - LAST, until))
    window_s = time.perf_counter() - began
    # The whole command, with the start of Python, as ripgrep's time has its own start in it.
    command = [sys.executable, "-m", "tixmaster", "signatures", str(log.path), "--json"]
    signatures_s, output = _timed(command)
    told = msgspec.json.decode(output)
    ripgrep_s, output = _timed([program, "--no-config", "--count", "--fixed-strings", MATCH, str(log.path)])
    return Round(
        window_s=window_s,
        entries=entries,
        signatures_s=signatures_s,
        errors=told["entries"],
        kinds=len(told["signatures"]),
        ripgrep_s=ripgrep_s,
        matched=int(output),
    )


def _assign(path: Path, lines: int, rounds: int) -> Assigned:
    """The whole command again, which takes all cores where the log is not small."""
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in log_formats.mixed(lines))
    command = [sys.executable, "-m", "tixmaster", "signatures", str(path), "--assign"]
    seconds = []
    for _ in range(rounds):
        taken, output = _timed(command)
        if output.count(b"\n") != lines:
            raise BenchError(f"tix signatures --assign gave {output.count(bytes([10])):,} ids for {lines:,} lines")
        seconds.append(taken)
    return Assigned(lines=lines, size=path.stat().st_size, seconds=tuple(seconds))


def _accuracy() -> dict[str, float]:
    found = {}
    for name in log_formats.formats():
        labelled = list(log_formats.lines(name, LABELLED_ENTRIES))
        ids = list(assign(one.line for one in labelled))
        found[name] = log_formats.accuracy([one.kind for one in labelled], ids)
    return found


def _timed(command: list[str]) -> tuple[float, bytes]:
    began = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, timeout=COMMAND_SECONDS, check=True)
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{command[0]} could not measure: {error.stderr.decode(errors='replace')[-500:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{command[0]} could not measure: {error}") from error
    return time.perf_counter() - began, done.stdout
