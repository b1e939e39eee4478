"""For those who work on TixMaster: `tix check` (fast) and `tix test` (everything, on real parts)."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

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
IN_PARALLEL = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
"""The tests of one file share their servers and stay together; most of the time tests wait."""
FULL, WHOLE = "TIXMASTER_TEST_FULL", "TIXMASTER_TEST_WHOLE"
"""For `tests/sampling.py`: take all cases of the long tests; this run is of everything."""
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
                code = _run_all(ACCEPTANCE, INTEGRATION, UNIT, options=options, environment={WHOLE: "1", **environment})
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


def _run_all(*tests: str, options: tuple[str, ...] = (), environment: Mapping[str, str] = NOTHING) -> int:
    """Runs every tool beside the tests, whatever the others say."""
    with ThreadPoolExecutor(1) as beside:
        tools = [(name, beside.submit(_look, command)) for name, command in TOOLS]
        code = _run(("pytest", "-q", *IN_PARALLEL, *options, *tests), environment)
        for name, tool in tools:
            said, well, seconds = tool.result()
            print(f"{said}{'✓' if well else '✗'} {name} ({seconds:.1f} s)", flush=True)
            code = code or int(not well)
    return code


def _look(command: tuple[str, ...]) -> tuple[str, bool, float]:
    """What a tool says where it finds something, whether it found nothing, and the seconds it took."""
    began = time.monotonic()
    done = _started(command, NOTHING, capture_output=True, text=True)
    well = done.returncode == 0
    return "" if well else done.stdout + done.stderr, well, time.monotonic() - began


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    return int(_started(command, environment).returncode)


def _started(command: tuple[str, ...], environment: Mapping[str, str], **options: Any) -> Any:
    import subprocess

    root = Path(__file__).parents[3]
    binary = Path(sys.executable).with_name(command[0])
    return subprocess.run([str(binary), *command[1:]], cwd=root, env={**os.environ, **environment}, **options)


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
