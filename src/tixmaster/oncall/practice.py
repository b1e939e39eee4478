"""How often a cause was named in drills, and how often rightly: what a diagnosis is worth.

The counts are those that ship with the product (`practice.json`, from the drills of its development) and those of this
installation (`var/drills/practice.json`, which `tix drill calibrate` writes). A confidence is the lower end of Wilson's
interval: a rate that the true one exceeds in nine of ten such series of drills. So "right in 3 of 3" says 65 %, not 100 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import sqrt
from pathlib import Path

import msgspec

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError

SHIPPED = Path(__file__).with_name("practice.json")
QUANTILE = 1.2816
"""Of the normal distribution at 90 %, one-sided."""
WRITE = "`tix drill calibrate` writes it anew from var/drills/results.jsonl; or delete it"


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """So often named, and so often rightly."""

    named: int = 0
    right: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(named=self.named + other.named, right=self.right + other.right)

    @property
    def bound(self) -> float:
        """The lower end of Wilson's interval for the rate (E. B. Wilson, 1927); 0 without any drill."""
        if self.named == 0:
            return 0.0
        n, rate, z = self.named, self.right / self.named, QUANTILE
        centre = rate + z * z / (2 * n)
        spread = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
        return (centre - spread) / (1 + z * z / n)


NEVER = Count()


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """`causes` counts diagnoses as they were made, each before anything was mended because of it. `mended` counts older
    drills, on which the manual was mended and which were then counted anew: they flatter it, and speak only where nothing
    else does. `first` counts the first drill of each cause, before its runbook was mended: what the word of a runbook is
    worth that no drill has tried."""

    causes: Mapping[str, Count] = msgspec.field(default_factory=dict)
    mended: Mapping[str, Count] = msgspec.field(default_factory=dict)
    first: Count = NEVER

    def of(self, cause: str) -> Count:
        """The cause's own count."""
        return self.causes.get(cause) or self.mended.get(cause) or NEVER

    def confidence(self, cause: str, *, contradicted: bool) -> float:
        """Between 0 and 1. A cause that something contradicts is worth no more than one that was never tried, and of that
        only half: no drill has shown which of the two findings is to be believed."""
        count, untried = self.of(cause), self.first.bound
        worth = count.bound if count.named else untried
        return round(min(worth, untried) / 2 if contradicted else worth, 2)


def practice(config: Config) -> Practice:
    """The product's counts and the installation's own together; raises `ConfigError` for a file that cannot be read."""
    shipped, own = _shipped(), _read(own_file(config))
    if own is None:
        return shipped
    names = sorted({*shipped.causes, *own.causes})
    causes = {name: shipped.causes.get(name, NEVER) + own.causes.get(name, NEVER) for name in names}
    return msgspec.structs.replace(shipped, causes=causes)


def own_file(config: Config) -> Path:
    """Where the installation's own counts stand."""
    return config.var / "drills" / "practice.json"


@cache
def _shipped() -> Practice:
    return msgspec.json.decode(SHIPPED.read_bytes(), type=Practice)


def _read(path: Path) -> Practice | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Practice)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"the counts of drills in {path} cannot be read: {error}. {WRITE}") from error
