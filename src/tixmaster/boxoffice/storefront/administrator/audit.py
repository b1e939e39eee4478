"""What organisers and administrators did."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Template

from tixmaster.boxoffice.audit import queries
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.storefront.rendering import page
from tixmaster.boxoffice.storefront.session import Visit

LAST: Final = 2**63 - 1
"""An id behind all others."""

Before = Annotated[int, QueryParameter(name="before", ge=1, le=LAST)]


@get("/audit")
async def audit(request: Visit, office: OfficeHere, before: Before = LAST) -> Template:
    """The newest entries of the audit log, or those before one."""
    entries = await queries.newest(office.database, before)
    older = entries[-1].id if len(entries) == queries.PAGE else None
    return page(request, "administrator/audit", entries=entries, older=older)


HANDLERS: Final = (audit,)
