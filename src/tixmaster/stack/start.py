"""Starts programs, each as soon as what it needs is healthy, all others at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

from tixmaster.stack import health, postgres
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of
from tixmaster.stack.managers.supervisor import daemon
from tixmaster.stack.programs import Program

HEALTHY_SECONDS = 120.0
POLL_SECONDS = 0.05
LAST_LINES = 12

Say = Callable[[str], None]


class NotHealthyError(StackError):
    """A service was started and did not become healthy in time."""


def start_all(config: Config, wanted: list[Program], say: Say) -> dict[str, float]:
    """Starts the programs and returns, for each, the seconds until it was healthy.

    A program that fails keeps only those from starting that need it. Raises `NotHealthyError` about all that failed.
    """
    start = _Start(config, say)
    with ThreadPoolExecutor(max_workers=max(len(wanted), 1)) as pool:
        for program in wanted:  # in the order of their needs, so that what one waits for is already in the table
            start.outcomes[program.service] = pool.submit(start.bring, program)
        try:
            wait(start.outcomes.values())
        finally:
            start.interrupted.set()
    failures = {id(error): error for outcome in start.outcomes.values() if (error := outcome.exception())}
    for error in failures.values():
        if not isinstance(error, StackError):
            raise error
    if failures:
        raise NotHealthyError("\n\n".join(str(error) for error in failures.values()))
    return {service: outcome.result() for service, outcome in start.outcomes.items()}


class _Start:
    """One run of `start_all`: what became of each program so far."""

    def __init__(self, config: Config, say: Say) -> None:
        self.outcomes: dict[str, Future[float]] = {}
        self.interrupted = Event()
        self._config = config
        self._say = say
        self._began = time.monotonic()

    def bring(self, program: Program) -> float:
        """Brings one program to health; the error of what it needs is its own."""
        for needed in program.after:
            self.outcomes[needed].result()
        started = daemon.start_program(self._config, program.service)
        self._await_health(program.service)
        if program.service == "postgres":
            postgres.ensure_database(self._config)
        seconds = time.monotonic() - self._began
        self._say(f"{program.service:<13} healthy" + (f" after {seconds:.1f} s" if started else ""))
        return seconds

    def _await_health(self, service: str) -> None:
        """Supervisor gives up only what ends within its first second; what ends later it starts again for ever, so its
        processes are counted here."""
        deadline = time.monotonic() + HEALTHY_SECONDS
        seen: set[int | None] = set()
        while not (found := health.probe(self._config, service)).healthy:
            process = manager_of(self._config, service).status()
            seen.add(process.pid)
            gave_up = process.state == "failed" or len(seen - {None}) > 1 + daemon.START_RETRIES
            if gave_up or time.monotonic() > deadline:
                raise NotHealthyError(_last_words(self._config, service, f"{found.detail}; {process.detail}"))
            if self.interrupted.wait(POLL_SECONDS):
                raise NotHealthyError(f"tixmaster-{service} was not waited for")


def _last_words(config: Config, service: str, found: str) -> str:
    lines = "\n".join(f"  {line}" for line in manager_of(config, service).logs(LAST_LINES))
    return (
        f"tixmaster-{service} is not healthy: {found}.\nIts last lines:\n{lines}\n"
        f"Mend what they say and run `tix up` again; `tix logs {service}` shows more."
    )
