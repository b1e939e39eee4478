"""One thing that is asked for again and again, in a thread of its own: what hangs delays nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog

from tixmaster.stack.errors import StackError

log = structlog.get_logger(__name__)

T = TypeVar("T")
LOOKING_SECONDS = 30.0
"""Who has loaded something so short a time ago looks still: an open page asks more often than that."""
IDLE_SECONDS = 300.0
"""How often it is asked while nobody looks."""
SLOWEST = timedelta(seconds=10)
"""A question that is open for longer hangs."""


@dataclass(frozen=True, kw_only=True)
class Seen(Generic[T]):
    """What was heard last. `answer` is the last one there was; `problem` says why there is no newer one."""

    answer: T | None = None
    answered_at: datetime | None = None
    problem: str | None = None
    since: datetime | None = None
    """Since when it says the same of what matters."""

    @property
    def asked(self) -> bool:
        """Whether there was any word at all, good or bad."""
        return self.answer is not None or self.problem is not None


class Watch(Generic[T]):
    """Asks every so many seconds. `telling` is what of an answer matters: `changed` is called when that is another."""

    def __init__(
        self,
        name: str,
        ask: Callable[[], T],
        *,
        every: float,
        now: Callable[[], datetime],
        telling: Callable[[T], Any],
        changed: Callable[[], None],
    ) -> None:
        self.ask = ask
        self._telling, self._changed = telling, changed
        self._every, self._now = every, now
        self._said: Any = None
        self._writing = threading.Lock()
        self._asking_since: datetime | None = None
        self._looked_at: datetime | None = None
        self._wake, self._ended, self._heard = threading.Event(), threading.Event(), threading.Event()
        self._seen = Seen[T]()
        self._thread = threading.Thread(target=self._watch, name=f"watch-{name}", daemon=True)

    @property
    def seen(self) -> Seen[T]:
        """What is known, at once."""
        return self._seen

    def is_old(self, moment: datetime) -> bool:
        """Whether what is known need not be so any more, as there is no answer or the question hangs."""
        asking = self._asking_since
        return self._seen.answered_at is None or (asking is not None and moment - asking > SLOWEST)

    def start(self) -> None:
        """Begins to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Asks no more; does not wait for what is being asked."""
        self._ended.set()
        self._wake.set()

    def looked_at(self, moment: datetime) -> None:
        """Somebody looks: it is asked often for a while, and at once where it was not."""
        idle = self._is_idle(moment)
        self._looked_at = moment
        if idle:
            self._heard.clear()
            self._wake.set()

    def await_word(self, seconds: float) -> None:
        """Waits for what was asked when somebody came after a pause; at most so long, and not at all later."""
        self._heard.wait(seconds)

    def look(self) -> Seen[T]:
        """Asks now, for somebody who has just changed something."""
        try:
            answer = self.ask()
        except StackError as error:
            return self._learn(None, error.words)
        return self._learn(answer, None)

    def _is_idle(self, moment: datetime) -> bool:
        return self._looked_at is None or moment - self._looked_at > timedelta(seconds=LOOKING_SECONDS)

    def _learn(self, answer: T | None, problem: str | None) -> Seen[T]:
        moment = self._now()
        with self._writing:
            before = self._seen
            said = (problem is None, None if answer is None else self._telling(answer))
            news = said != self._said
            self._said = said
            self._seen = Seen(
                answer=before.answer if answer is None else answer,
                answered_at=before.answered_at if answer is None else moment,
                problem=problem,
                since=moment if news else before.since,
            )
        self._heard.set()
        if news and not self._ended.is_set():
            self._changed()
        return self._seen

    def _watch(self) -> None:
        while not self._ended.is_set():
            self._asking_since = self._now()
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - a state that is away, a fault of ours: neither must end the asking
                self._stumble(error)
            self._asking_since = None
            self._wake.wait(IDLE_SECONDS if self._is_idle(self._now()) else self._every)
            self._wake.clear()

    def _stumble(self, error: Exception) -> None:
        """Says an error that is not of those asked, and logs it once."""
        said = f"{type(error).__name__}: {error}"
        if self._seen.problem != said:
            log.error("look-failed", watch=self._thread.name, exc_info=error)
        self._learn(None, said)
