"""What every route needs, in one place: made once at the start, handed to handlers as `office`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.types import Scope

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.events.catalogue import Catalogue
from tixmaster.boxoffice.events.viewers import Viewers
from tixmaster.boxoffice.faults.switches import Switches
from tixmaster.boxoffice.flags.board import FlagBoard
from tixmaster.boxoffice.identity import Tokens
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.payments.desk import Desk
from tixmaster.boxoffice.reservation.engine import Reservations
from tixmaster.boxoffice.settings import Settings
from tixmaster.boxoffice.tickets.qr import Signer
from tixmaster.boxoffice.users.passwords import Passwords
from tixmaster.boxoffice.users.throttle import LoginThrottle


@dataclass(frozen=True, kw_only=True)
class Office:
    """The box office at work."""

    settings: Settings
    database: Database
    passwords: Passwords
    tokens: Tokens
    metrics: BoxOfficeMetrics
    catalogue: Catalogue
    reservations: Reservations
    desk: Desk
    signer: Signer
    flags: FlagBoard
    throttle: LoginThrottle
    viewers: Viewers = field(default_factory=Viewers)
    faults: Switches = field(default_factory=Switches)


def office_of(scope: Scope) -> Office:
    """The office at which a request arrived."""
    office: Office = scope["litestar_app"].state.office
    return office


OfficeHere: TypeAlias = NamedDependency[Office]
"""How a handler asks for it: `office: OfficeHere`."""
