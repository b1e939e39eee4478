"""What the box office asks of a payment provider. An integration is one file beside this one and one line in `choose.py`.

No lock and no transaction is open while a provider is asked: it may take as long as its own time limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Outcome(StrEnum):
    """How a payment stands at the provider."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A payment of ours. `reference` is the provider's id of it, None until it has answered."""

    id: UUID
    order_id: int
    order_number: str
    method: str
    amount_cents: int
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class Started:
    """What the provider knows a payment by, and what the buyer's page needs to go on with it (`client`)."""

    reference: str
    client: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a payment stands; `failure` says why it failed, in words for the buyer."""

    outcome: Outcome
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A verified webhook. `payment` is None where it is about something that does not concern us; `reference` is the
    provider's own id of the payment."""

    id: str
    payment: UUID | None
    outcome: Outcome
    reference: str | None = None
    amount_cents: int | None = None
    failure: str = ""


class Provider(Protocol):
    """A payment provider. Every method raises `ProviderError` when it cannot be asked or makes no sense."""

    name: str

    async def start(self, payment: Payment) -> Started:
        """Opens the payment; again for the same payment it is the same one."""
        ...

    async def confirm(self, payment: Payment) -> Result:
        """How the payment stands now."""
        ...

    async def refund(self, payment: Payment) -> None:
        """Gives the money back; again for the same payment it changes nothing."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """The webhook, if its signature and time are right; raises `SignatureError`."""
        ...

    async def close(self) -> None:
        """Closes its connections."""
        ...
