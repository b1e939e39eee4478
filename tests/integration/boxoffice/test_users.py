"""Accounts, tokens and who may do what."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import jwt

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World


ACCOUNT = {"email": "ada@example.org", "password": "correct horse", "name": "Ada", "phone": "0912345678"}


async def test_registering_works_on_a_fresh_database(world: World) -> None:
    """The schema and the code agree from the first start."""
    answer = await world.visitor().post("/api/users/register", json=ACCOUNT)
    assert answer.status_code == 201
    assert answer.json()["user"]["email"] == "ada@example.org"
    assert "password" not in answer.text


async def test_an_address_has_one_account_however_it_is_spelled(world: World) -> None:
    """A second registration is refused and says so."""
    await world.visitor().post("/api/users/register", json=ACCOUNT)
    answer = await world.visitor().post("/api/users/register", json={**ACCOUNT, "email": "ADA@example.org"})
    assert (answer.status_code, answer.json()) == (409, {"error": "This email address is already registered"})


async def test_a_wrong_password_and_an_unknown_address_look_the_same(world: World) -> None:
    """Nobody learns from the log-in who has an account."""
    await world.visitor().post("/api/users/register", json=ACCOUNT)
    answers = [
        await world.visitor().post("/api/users/login", json={"email": email, "password": "wrong"})
        for email in ("ada@example.org", "bob@example.org")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


async def test_guessing_is_slowed_down(world: World) -> None:
    """After ten failures the account cannot be tried from there for a while, but from elsewhere."""
    wrong = {"email": "admin@tixmaster.invalid", "password": "wrong"}
    statuses = [(await world.visitor().post("/api/users/login", json=wrong)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert (await world.visitor("192.0.2.1").post("/api/users/login", json=wrong)).status_code == 401


async def test_the_token_carries_the_contract_s_claims_for_a_week(world: World) -> None:
    """Other programs of the operator read the same token."""
    buyer = await world.buyer()
    token = buyer.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert {"userId", "email", "role", "ver", "exp"} == set(claims)
    assert (claims["role"], claims["ver"]) == ("user", 0)
    assert abs(claims["exp"] - time.time() - 7 * 24 * 3600) < 600


async def test_no_token_is_401_and_a_bad_one_403(world: World) -> None:
    """The two refusals of the contract, word for word."""
    visitor = world.visitor()
    answer = await visitor.get("/api/users/profile")
    assert (answer.status_code, answer.json()) == (401, {"error": "Access token required"})
    forged = jwt.encode({"userId": "1", "email": "x", "role": "admin", "exp": 2**33}, "k" * 32, "HS256")
    for token in ("rubbish", forged):
        answer = await visitor.get("/api/users/profile", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()) == (403, {"error": "Invalid or expired token"})


async def test_an_account_is_changed_by_its_owner(world: World) -> None:
    """Name and password change; the old password ends."""
    buyer = await world.buyer()
    answer = await buyer.put("/api/users/profile", json={"name": "New name"})
    assert answer.json()["user"]["name"] == "New name"
    change = {"currentPassword": "correct horse", "newPassword": "battery staple"}
    changed = await buyer.post("/api/users/change-password", json=change)
    assert changed.status_code == 200
    buyer.headers["Authorization"] = f"Bearer {changed.json()['token']}"
    assert (await buyer.post("/api/users/change-password", json=change)).status_code == 400
    email = (await buyer.get("/api/users/profile")).json()["user"]["email"]
    await world.visitor().sign_in(email, "battery staple")


async def test_only_administrators_see_all_accounts(world: World) -> None:
    """Owner, teammate, outsider."""
    assert (await (await world.admin()).get("/api/users/all")).status_code == 200
    assert (await (await world.buyer()).get("/api/users/all")).status_code == 403
    assert (await world.visitor().get("/api/users/all")).status_code == 401
