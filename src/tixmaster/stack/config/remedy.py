"""What on-call may do by itself, and how often."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tixmaster.stack.config.record import Policy, Record, Seconds


class Budget(Record, frozen=True, kw_only=True):
    """How often on-call may act on one service: `restarts` within `minutes`."""

    restarts: Annotated[int, msgspec.Meta(ge=0)] = 2
    minutes: Annotated[int, msgspec.Meta(ge=1)] = 30


class Remedy(Record, frozen=True, kw_only=True):
    """What on-call may do by itself: `observe` (nothing), `approve` (ask first), `auto`."""

    policy: Policy = "approve"
    budget: Budget = Budget()
    verify_seconds: Seconds = 30.0
    """How long a restarted service may take until it is healthy again."""
