"""Accounts, and what each may do."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.storefront.rendering import page
from tixmaster.boxoffice.storefront.session import Visit
from tixmaster.boxoffice.users import accounts, queries
from tixmaster.boxoffice.users.model import RoleChange

MOST: Final = 50
"""The most accounts that a page shows."""

Text = Annotated[str, QueryParameter(name="q", max_length=254)]


@get(["/", "/users"])
async def users(request: Visit, office: OfficeHere, text: Text = "") -> Template:
    """The newest accounts, or those that match."""
    found = await queries.search(office.database, text.strip(), MOST)
    return page(request, "administrator/users", users=found, text=text, most=MOST)


@post("/users/{user_id:uuid}/role", status_code=HTTP_303_SEE_OTHER)
async def change_role(
    user_id: FromPath[UUID], data: URLEncodedBody[RoleChange], request: Visit, office: OfficeHere
) -> Redirect:
    """Makes somebody else an administrator, an organiser or neither; it holds at once."""
    user = await accounts.change_role(office.database, request.user.user_id, user_id, data.role)
    return Redirect(f"/admin/users?{urlencode({'q': user.email})}", status_code=HTTP_303_SEE_OTHER)


HANDLERS: Final = (users, change_role)
