"""/api/users"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Router, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from tixmaster.boxoffice.identity import SignedIn, admin_only, signed_in
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.users import accounts, entrance, queries
from tixmaster.boxoffice.users.model import Login, PasswordChange, ProfileChange, Registration, RoleChange, User
from tixmaster.telemetry.asgi import identify


@post("/register")
async def register(data: JSONBody[Registration], office: OfficeHere) -> dict[str, str | User]:
    """Opens an account."""
    user = await accounts.register(office.database, office.passwords, data)
    identify(user.id)
    return {"message": "Registration successful", "user": user}


@post("/login", status_code=HTTP_200_OK)
async def login(data: JSONBody[Login], request: Request[Any, Any, Any], office: OfficeHere) -> dict[str, str | User]:
    """Gives a token for a week."""
    known = await entrance.enter(office, data, _address(request))
    token = office.tokens.sign(known.user, known.token_version)
    return {"message": "Login successful", "token": token, "user": known.user}


@get("/profile", guards=[signed_in])
async def profile(request: SignedIn, office: OfficeHere) -> dict[str, User]:
    """The caller's own account."""
    return {"user": await accounts.profile(office.database, request.user.user_id)}


@put("/profile", guards=[signed_in])
async def change_profile(data: JSONBody[ProfileChange], request: SignedIn, office: OfficeHere) -> dict[str, str | User]:
    """Changes the caller's own account."""
    user = await accounts.change_profile(office.database, request.user.user_id, data)
    return {"message": "Profile updated", "user": user}


@post("/change-password", guards=[signed_in], status_code=HTTP_200_OK)
async def change_password(data: JSONBody[PasswordChange], request: SignedIn, office: OfficeHere) -> dict[str, str]:
    """Changes the caller's own password. All earlier tokens end, also the caller's; `token` is a new one."""
    known = await entrance.change_password(office, request.user.user_id, data, _address(request))
    return {"message": "Password changed", "token": office.tokens.sign(known.user, known.token_version)}


@get("/all", guards=[admin_only])
async def all_users(office: OfficeHere) -> dict[str, list[User]]:
    """The newest accounts."""
    return {"users": await queries.newest(office.database)}


@put("/{user_id:uuid}/role", guards=[admin_only])
async def change_role(
    user_id: FromPath[UUID], data: JSONBody[RoleChange], request: SignedIn, office: OfficeHere
) -> dict[str, str | User]:
    """Makes somebody an administrator, an organiser or neither; it holds at once, whatever their token says."""
    user = await accounts.change_role(office.database, request.user.user_id, user_id, data.role)
    return {"message": f"{user.name} is {user.role} now", "user": user}


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


router = Router(
    "/api/users",
    route_handlers=[register, login, profile, change_profile, change_password, all_users, change_role],
)
