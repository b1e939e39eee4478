"""What the drills of this installation say of its diagnoses: how often each cause was named, and how often rightly."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tixmaster.oncall.practice import Count, Practice, own_file
from tixmaster.oncall.rehearsal import results
from tixmaster.oncall.sop.decide import NO_CAUSE
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A further incident of a drill."""

    cause: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `var/drills/results.jsonl`, as far as it matters here."""

    true_cause: str | None
    diagnosed_cause: str | None = None
    others: tuple[Other, ...] = ()


def calibrate(config: Config) -> Practice:
    """Counts the drills on record and keeps the counts where on-call reads them; raises `ConfigError` without any record."""
    path = results(config)
    try:
        lines = [msgspec.json.decode(line, type=Result) for line in path.read_bytes().splitlines()]
    except FileNotFoundError as error:
        raise ConfigError(f"no drill is on record in {path}: `tix drill run all` comes first.") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path} holds a line that is no outcome of a drill ({error}); take it out.") from error
    counted = count(lines)
    own_file(config).write_bytes(msgspec.json.format(msgspec.json.encode(counted)))
    return counted


def count(results: Iterable[Result]) -> Practice:
    """By cause, in the order of the alphabet. That nothing was found is no diagnosis, and is not counted."""
    causes: dict[str, Count] = {}
    for result in results:
        for named in (result.diagnosed_cause, *(other.cause for other in result.others)):
            if named not in (None, NO_CAUSE):
                causes[named] = causes.get(named, Count()) + Count(named=1, right=int(named == result.true_cause))
    return Practice(causes=dict(sorted(causes.items())))
