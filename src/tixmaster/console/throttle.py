"""Slows down guessing, in the memory of this process: passwords by account, address and device, and approval links.

A browser in which somebody has signed in before (`devices.py`) has a counter of its own, so that a stranger's guesses keep no
known device out. All other browsers share counters: the account from one address, the account from anywhere, and the address.
Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from tixmaster.http.peer import site_of

FORGET_SECONDS: Final = 3600.0
"""After so long without an attempt a counter begins anew."""
MAX_KEYS: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Pace:
    """So many attempts are `free`; then each waits twice as long as the one before, from `first` to `longest` seconds."""

    free: int
    first: float
    longest: float

    def delay(self, attempts: int) -> float:
        """The pause after so many attempts."""
        beyond = attempts - self.free
        return 0.0 if beyond < 0 else min(self.first * 2.0 ** min(beyond, 30), self.longest)


ACCOUNT_FROM_ADDRESS: Final = Pace(free=5, first=30, longest=900)
ACCOUNT: Final = Pace(free=20, first=1, longest=60)
"""From all unknown devices together: a guess that comes from a thousand addresses."""
ADDRESS: Final = Pace(free=50, first=1, longest=5)
"""Under all names together. Short, as a whole office may be behind one address."""
DEVICE: Final = Pace(free=5, first=1, longest=60)
LINKS: Final = Pace(free=5, first=30, longest=900)
PROVIDER: Final = Pace(free=20, first=1, longest=30)


@dataclass(frozen=True)
class _Count:
    attempts: int
    last: float


class Slowdown:
    """Attempts by key at one pace. Not safe for threads by itself."""

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace = pace
        self._clock = clock
        self._free: OrderedDict[Hashable, _Count] = OrderedDict()
        self._slowed: OrderedDict[Hashable, _Count] = OrderedDict()
        """Apart from the others, each the longest untouched first. Where memory is full, a key that is slowed down gives way
        only to another that is: to make on-call forget one takes more attempts than the forgetting would win."""

    def wait(self, key: Hashable) -> float:
        """The seconds until the next attempt, 0 for none."""
        count = self._known(key)
        return max(count.last + self._pace.delay(count.attempts) - self._clock(), 0.0)

    def add(self, key: Hashable) -> None:
        """Counts an attempt."""
        self._keep(key, _Count(self._known(key).attempts + 1, self._clock()))

    def take_back(self, key: Hashable) -> None:
        """The attempt that was counted was no guess."""
        count = self._known(key)
        if count.attempts > 1:
            self._keep(key, _Count(count.attempts - 1, count.last))
        else:
            self.forget(key)

    def forget(self, key: Hashable) -> None:
        """Begins anew for the key."""
        self._free.pop(key, None)
        self._slowed.pop(key, None)

    def __len__(self) -> int:
        return len(self._free) + len(self._slowed)

    def _known(self, key: Hashable) -> _Count:
        count = self._slowed.get(key) or self._free.get(key)
        if count is None or count.last + FORGET_SECONDS <= self._clock():
            return _Count(0, float("-inf"))
        return count

    def _keep(self, key: Hashable, count: _Count) -> None:
        self.forget(key)
        table = self._slowed if count.attempts >= self._pace.free else self._free
        table[key] = count
        if len(table) > MAX_KEYS:
            table.popitem(last=False)


class Throttle:
    """All counters. An attempt is counted before it is looked at, so that many at once gain nothing; one that is refused is
    not counted and makes no wait longer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._pairs = Slowdown(ACCOUNT_FROM_ADDRESS, clock)
        self._accounts = Slowdown(ACCOUNT, clock)
        self._addresses = Slowdown(ADDRESS, clock)
        self._devices = Slowdown(DEVICE, clock)
        self._links = Slowdown(LINKS, clock)
        self._provider = Slowdown(PROVIDER, clock)
        self._lock = threading.Lock()

    def enter(self, name: str, address: str, device: str | None = None) -> float:
        """Counts an attempt to sign in; returns the seconds to wait, 0 to go on. `device` is known to be the account's."""
        return self._count(self._keys(name, address, device))

    def succeed(self, name: str, address: str, device: str | None = None) -> None:
        """The right password: the device, or the account from this address, begins anew. What strangers guessed stays."""
        (slowdown, key), *others = self._keys(name, address, device)
        with self._lock:
            slowdown.forget(key)
            for other, shared in others:
                other.take_back(shared)

    def enter_link(self, address: str) -> float:
        """Counts an approval link that is not ours."""
        return self._count([(self._links, site_of(address))])

    def enter_provider(self, address: str) -> float:
        """Counts an answer that is said to come from the identity provider."""
        return self._count([(self._provider, site_of(address))])

    def succeed_provider(self, address: str) -> None:
        """It did come from there."""
        with self._lock:
            self._provider.take_back(site_of(address))

    def _keys(self, name: str, address: str, device: str | None) -> list[tuple[Slowdown, Hashable]]:
        if device is not None:
            return [(self._devices, (name, device))]
        site = site_of(address)
        return [(self._pairs, (name, site)), (self._accounts, name), (self._addresses, site)]

    def _count(self, keys: list[tuple[Slowdown, Hashable]]) -> float:
        with self._lock:
            wait = max(slowdown.wait(key) for slowdown, key in keys)
            if wait == 0:
                for slowdown, key in keys:
                    slowdown.add(key)
            return wait
