"""What on-call may do by itself, when, and how often."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.record import Policy, Record, Seconds, ServiceName

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
Minutes = Annotated[float, msgspec.Meta(ge=0, le=525_600, description="a number of minutes from 0 to 525600 (a year)")]


class Hours(Record, frozen=True, kw_only=True):
    """When a rule holds: on these days, from one time of the day until another; past midnight where that is earlier."""

    begins: str = msgspec.field(name="from", default="00:00")
    ends: str = msgspec.field(name="until", default="00:00")
    """As early as `from`: the whole day."""
    days: tuple[Day, ...] = DAYS
    """The days on which it begins."""
    zone: str = "UTC"

    def problems(self) -> Iterator[Problem]:
        for key, text in (("from", self.begins), ("until", self.ends)):
            if not _CLOCK.fullmatch(text):
                yield Problem(place=(key,), said=f"{text!r} is no time of the day; write 09:00")
        if not self.days:
            yield Problem(place=("days",), said="the rule would never hold. Name days, or remove the key: every day.")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of the time zone database
            yield Problem(place=("zone",), said=f"{self.zone!r} is no time zone; write Asia/Taipei")

    def cover(self, moment: datetime) -> bool:
        """Whether the moment lies within."""
        local = moment.astimezone(ZoneInfo(self.zone))
        begins, ends, now = time.fromisoformat(self.begins), time.fromisoformat(self.ends), local.time()
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        if begins < ends:
            return today in self.days and begins <= now < ends
        return (today in self.days and now >= begins) or (yesterday in self.days and now < ends)


class PolicyRule(Record, frozen=True, kw_only=True):
    """A policy for some services, causes and hours. The first rule that fits holds; none fits: the general policy."""

    policy: Policy
    service: ServiceName | None = None
    cause: str | None = None
    hours: Hours | None = None

    def fits(self, service: str, cause: str, moment: datetime) -> bool:
        """Whether the rule is about this."""
        about = self.service in (None, service) and self.cause in (None, cause)
        return about and (self.hours is None or self.hours.cover(moment))


class Budget(Record, frozen=True, kw_only=True):
    """How often on-call may act on one service: `restarts` within `minutes`."""

    restarts: Annotated[int, msgspec.Meta(ge=0, le=1000, description="a whole number from 0 to 1000")] = 2
    minutes: Annotated[
        int, msgspec.Meta(ge=1, le=525_600, description="a whole number of minutes from 1 to 525600")
    ] = 30


class Remedy(Record, frozen=True, kw_only=True):
    """What on-call may do by itself: `observe` (nothing), `approve` (ask first), `auto`."""

    policy: Policy = "approve"
    rules: tuple[PolicyRule, ...] = ()
    """Where another policy holds."""
    budget: Budget = Budget()
    cool_down_minutes: Minutes = 5.0
    """So long a service is left alone after on-call acted on it for another incident."""
    shared_hours: Annotated[
        float, msgspec.Meta(ge=0, le=8_760, description="a number of hours from 0 to 8760 (a year)")
    ] = 24.0
    """A service that others need, such as the database, is restarted once for one cause within so many hours."""
    expire_minutes: Annotated[
        float, msgspec.Meta(gt=0, le=525_600, description="a number of minutes above 0, at most 525600 (a year)")
    ] = 60.0
    """So long a proposal waits for its answer; after that what it rests on is too old."""
    deploy_minutes: Minutes = 30.0
    """So long a deploy counts as under way that was begun (`tix deploy begin`) and not ended."""
    verify_seconds: Seconds = 30.0
    """How long a restarted service may take until it is healthy again and its figures say so."""
