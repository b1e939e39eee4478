"""For those who work on TixMaster: `tix check` (fast) and `tix test` (everything, on real parts)."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

OPENAPI = "docs/openapi.json"
TOOLS = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("types", ("mypy", "--no-error-summary")),
    ("import arrows", ("lint-imports", "--no-cache")),
    ("OpenAPI document", ("openapi-spec-validator", OPENAPI)),
)
UNIT, INTEGRATION, ACCEPTANCE = "tests/unit", "tests/integration", "tests/acceptance"
IN_PARALLEL = ("-n", "2", "--dist", "loadfile")
"""The tests of one file share their servers and stay together; most of the time tests wait."""
FULL, WHOLE = "TIXMASTER_TEST_FULL", "TIXMASTER_TEST_WHOLE"
"""For `tests/sampling.py`: take all cases of the long tests; everything else has passed, so a green run is recorded."""
COVERAGE = ("--cov=src/tixmaster", "--cov-report=term:skip-covered")
NOTHING: Mapping[str, str] = {}


def register(app: App, check: App) -> None:
    """Adds `tix test`, and `tix check` where no part is named."""
    check.default(check_code)
    app.command(run_tests, name="test")


def check_code() -> int:
    """Check this tree: format, lint, types, import arrows, the OpenAPI document, unit tests."""
    return _run_all(UNIT)


def run_tests(
    *arguments: Annotated[str, Parameter(allow_leading_hyphen=True)],
    full: bool = False,
    repeat: int = 1,
    load: bool = False,
    coverage: bool = False,
) -> int:
    """Run everything: the checks, then unit, integration and acceptance tests on real parts.

    Parameters
    ----------
    arguments
        Handed to pytest, which then runs alone.
    full
        Take every case of the long tests, not just the tenth that is due.
    repeat
        Run so many times, whatever comes of each, and say how long each took.
    load
        Keep one core busy meanwhile.
    coverage
        Measure which lines of the product run.
    """
    _ensure_packages()
    options = COVERAGE if coverage else ()
    environment = {FULL: "1"} if full else {}
    runs: list[tuple[int, float]] = []
    with _one_core_busy() if load else nullcontext():
        for _ in range(max(repeat, 1)):
            began = time.monotonic()
            if arguments:
                code = _run(("pytest", *options, *arguments), environment)
            else:
                code = _run_all(UNIT, INTEGRATION, alone=ACCEPTANCE, options=options, environment=environment)
            runs.append((code, time.monotonic() - began))
    for number, (code, seconds) in enumerate(runs, 1) if repeat > 1 else ():
        print(f"{'✗' if code else '✓'} run {number} of {repeat}: {seconds / 60:.1f} min")
    return max(code for code, _ in runs)


@contextmanager
def _one_core_busy() -> Iterator[None]:
    import subprocess

    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def _run_all(
    *tests: str, alone: str | None = None, options: tuple[str, ...] = (), environment: Mapping[str, str] = NOTHING
) -> int:
    """Runs every tool, whatever the others say, then the tests, so that pytest's own summary is the last line. Those that are
    to be `alone` come before the others: a whole system under traffic is judged by the second, as on a machine of its own."""
    failed = [name for name, command in TOOLS if not _passes(name, command)]
    if alone is not None and not _passes(alone, ("pytest", "-q", alone)):
        failed.append(alone)
    if alone is not None and not failed:
        environment = {WHOLE: "1", **environment}
    if failed:
        print(f"✗ {', '.join(failed)}: see above; the tests run all the same", flush=True)
    return _run(("pytest", "-q", *IN_PARALLEL, *options, *tests), environment) or int(bool(failed))


def _passes(name: str, command: tuple[str, ...]) -> bool:
    began = time.monotonic()
    well = _run(command, NOTHING) == 0
    print(f"{'✓' if well else '✗'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return well


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    import subprocess

    root = Path(__file__).parents[3]
    binary = Path(sys.executable).with_name(command[0])
    return subprocess.run([str(binary), *command[1:]], cwd=root, env={**os.environ, **environment}).returncode


def _ensure_packages() -> None:
    """The tests run against real servers; those that are missing are installed where we may."""
    import shutil

    from tixmaster.stack import packages

    wanted = (
        *packages.PACKAGES,
        *packages.FOR_TESTS,
        *packages.FOR_NPM,
        *packages.FOR_BENCH,
        *packages.FOR_LOG_BENCH,
    )
    still = packages.install(packages.missing(wanted), lambda line: print(line, flush=True))
    for package in still:
        print(f"! {package.service} is missing: {package.cost}")
    if still:
        print(f"  what to do  {packages.advice(still)}")
    if not shutil.which("promtool"):
        print("! promtool is missing; it comes with the package prometheus")
