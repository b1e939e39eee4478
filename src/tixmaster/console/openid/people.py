"""Who somebody is here, from what the provider says of them."""

from __future__ import annotations

from typing import Any

from tixmaster.console import accounts
from tixmaster.console.accounts import Account, AccountError, Role
from tixmaster.console.accounts.account import ROLES, State
from tixmaster.console.accounts.manage import Who, add, change_role, of_subject
from tixmaster.console.openid.errors import OpenIdError
from tixmaster.stack.config.openid import OpenId


def account_for(state: State, told: OpenId, claims: dict[str, Any], address: str) -> Account:
    """The account of the person, made at the first log-in, with the role that the claims give now; raises `OpenIdError`.

    A person is known by issuer and subject, never by name: who has an account's name at the provider need not be its owner.
    """
    role, subject = _role(told, claims), f"{told.issuer} {claims['sub']}"
    who = Who(name="OpenID Connect", address=address)
    known = of_subject(state, subject)
    if known is None:
        name = _add(state, told, claims, role, subject, who)
    else:
        name = str(known["name"])
        if known["ended_at"] is not None:
            raise OpenIdError("account-ended", f"the account {name} has been ended")
        if known["role"] != role:
            change_role(state, name, role, who=who)
    found = accounts.find(state, name)
    if found is None:
        raise OpenIdError("account-ended", f"the account {name} has been ended just now")
    return found


def _add(state: State, told: OpenId, claims: dict[str, Any], role: Role, subject: str, who: Who) -> str:
    name = claims.get(told.name_claim)
    if not isinstance(name, str):
        raise OpenIdError("bad-name", f"the claim {told.name_claim!r} (name_claim) is {name!r}")
    try:
        add(state, name, None, role, who=who, subject=subject)
    except AccountError as error:
        raise OpenIdError("name-taken" if error.reason == "name-taken" else "bad-name", str(error)) from error
    return name


def _role(told: OpenId, claims: dict[str, Any]) -> Role:
    """The role that may most of those that the claim gives."""
    given = claims.get(told.role_claim)
    held = {given} if isinstance(given, str) else set(map(str, given)) if isinstance(given, list) else set()
    for role in reversed(ROLES):
        if held & set(getattr(told.roles, role)):
            return role
    raise OpenIdError(
        "no-role", f"{claims['sub']!r} has {sorted(held)} in {told.role_claim!r}, and [oncall.openid.roles] names none"
    )
