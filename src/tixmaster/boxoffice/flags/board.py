"""Whether a feature is on, for pages that everybody opens at once: the read is shared."""

from __future__ import annotations

from typing import Final

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.shared import Shared
from tixmaster.boxoffice.flags import queries
from tixmaster.boxoffice.flags.model import Flag

CHECKOUT_TIMER: Final = "ENABLE_CHECKOUT_TIMER"
VIEWING_COUNT: Final = "ENABLE_VIEWING_COUNT"


class FlagBoard:
    """The flags as they are now."""

    def __init__(self, database: Database) -> None:
        self._all = Shared[None, dict[str, Flag]](lambda _: queries.all_flags(database))

    async def shows(self, key: str) -> bool:
        """Whether the feature is on; a flag that is not there is off."""
        flag = (await self._all(None)).get(key)
        return flag is not None and flag.enabled
