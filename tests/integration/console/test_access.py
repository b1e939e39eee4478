"""Who gets in, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import argon2
import pytest
import sqlalchemy as sa
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from tixmaster.console import accounts
from tixmaster.console.accounts import Role, account, manage
from tixmaster.console.sessions import COOKIE, Sessions
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store.schema import ended_session
from tixmaster.stack import secrets

from .conftest import PASSWORD, Client, Visitor, open_incident

OPEN_TO_ALL = {
    "/login",
    "/login/openid",
    "/login/openid/callback",
    "/login/openid/leave",
    "/language",
    "/health",
    "/metrics",
    "/act/{token}",
}


def test_every_route_but_a_few_wants_a_log_in_or_a_token(client: Client) -> None:
    """Walks all routes of the application as a stranger."""
    routes = [route for route in client.app.routes if isinstance(route, HTTPRoute)]
    paths = {route.path_format for route in routes} - OPEN_TO_ALL
    assert len(paths) > 15
    for route in routes:
        if route.path_format in OPEN_TO_ALL or route.path_format.startswith("/static"):
            continue
        path = (
            route.path_format.replace("{name}", "INC-1")
            .replace("{artefact}", "E1")
            .replace("{alert}", "X")
            .replace("{part}", "1")
            .replace("{number}", "1")
        )
        for method in route.methods - {"OPTIONS"}:
            answer = client.request(method, path)
            refused = answer.status_code in (401, 403) or answer.headers.get("location", "").startswith("/login")
            assert refused, f"{method} {path} answered {answer.status_code}"


def test_the_first_administrator_signs_in_with_the_generated_password(oncall: Oncall, visitor: Visitor) -> None:
    """The account is made at the start, where there is none."""
    visitor.sign_in("admin", secrets.read(oncall.desk.config, "console-password"))
    assert "No incident yet" in visitor.get("/incidents").text


def test_a_page_that_was_asked_for_comes_after_the_log_in(oncall: Oncall, visitor: Visitor) -> None:
    """A link from a mail survives the log-in; an address elsewhere does not."""
    assert visitor.get("/incidents/INC-1").headers["location"] == "/login?next=%2Fincidents%2FINC-1"
    password = secrets.read(oncall.desk.config, "console-password")
    for wanted, given in (("/incidents/INC-1", "/incidents/INC-1"), ("//evil.example", "/")):
        answer = visitor.send("/login", name="admin", password=password, next=wanted)
        assert answer.headers["location"] == given


def test_guessing_is_slowed_down(oncall: Oncall, visitor: Visitor) -> None:
    """After five failures even the right password has to wait, and the answer says how long."""
    for _ in range(5):
        assert visitor.send("/login", name="admin", password="guess").status_code == 401
    answer = visitor.send("/login", name="admin", password=secrets.read(oncall.desk.config, "console-password"))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 301


def test_a_form_without_its_token_is_refused(responder: Visitor, oncall: Oncall) -> None:
    """Another site cannot press our buttons."""
    name = open_incident(oncall)
    assert responder.client.post(f"/incidents/{name}/ack").status_code == 403
    assert responder.client.post("/login", data={"name": "admin", "password": "x"}).status_code == 403


@pytest.mark.parametrize("act", ["ack", "note", "approve", "decline", "close"])
def test_a_viewer_looks_but_does_not_act(sign_in: Callable[[Role], Visitor], oncall: Oncall, act: str) -> None:
    """The buttons are not shown, and the addresses behind them refuse."""
    name = open_incident(oncall)
    viewer = sign_in("viewer")
    assert f"/incidents/{name}/{act}" not in viewer.get(f"/incidents/{name}").text
    assert viewer.send(f"/incidents/{name}/{act}", text="x").status_code == 403


def test_a_forged_cookie_opens_nothing(client: Client) -> None:
    """Only what our key has encrypted is a session."""
    client.cookies.set(COOKIE, "gAAAAABnonsense")
    assert client.get("/incidents").status_code == 303


def test_signing_out_ends_the_session_and_every_copy_of_its_cookie(responder: Visitor, oncall: Oncall) -> None:
    """The cookie is taken away, and a copy of it opens nothing: here, on another replica, and after a restart."""
    copy = responder.client.cookies[COOKIE]
    assert responder.get("/incidents").status_code == 200
    assert responder.send("/logout").headers["location"] == "/login?left=true"
    assert responder.get("/incidents").status_code == 303
    responder.client.cookies.set(COOKIE, copy)
    assert responder.get("/incidents").status_code == 303
    elsewhere = Sessions(oncall.desk, secrets.read(oncall.desk.config, "console-session-key"))
    assert elsewhere.account(copy) is None


def test_other_sessions_go_on_and_old_ends_are_forgotten(responder: Visitor, oncall: Oncall) -> None:
    """Signing out in one browser ends that session only; what would be over by itself is not kept."""
    sessions = Sessions(oncall.desk, secrets.read(oncall.desk.config, "console-session-key"))
    owner = accounts.find(oncall.desk, "responder")
    assert owner
    values = [str(sessions.cookie(owner).value) for _ in range(3)]
    with oncall.desk.database.write() as connection:
        over = {"id": "of yesterday", "ends_at": oncall.desk.now() - timedelta(seconds=1)}
        connection.execute(sa.insert(ended_session).values(over))
    for value in values[:2]:
        sessions.end(value)
        sessions.end(value)
    assert [sessions.account(value) is not None for value in values] == [False, False, True]
    with oncall.desk.database.read() as connection:
        kept = connection.execute(sa.select(ended_session.c.id)).scalars().all()
    assert len(kept) == 2
    assert "of yesterday" not in kept


def test_a_device_is_known_until_the_password_changes(responder: Visitor, oncall: Oncall) -> None:
    """Strangers' guesses do not keep a browser out in which somebody has signed in before; a cookie of another account, or of
    before the password changed, makes no known device."""
    stranger = Visitor(TestClient(responder.client.app))
    stranger.client.follow_redirects = False
    for _ in range(5):
        assert stranger.send("/login", name="responder", password="guess").status_code == 401
    assert stranger.send("/login", name="responder", password=PASSWORD).status_code == 429
    assert responder.send("/login", name="responder", password=PASSWORD).status_code == 303
    device = next(name for name in responder.client.cookies if name.startswith("device-"))
    manage.change_password(oncall.desk, "responder", f"{PASSWORD} 2", who=manage.Who(name="admin"))
    assert device in responder.client.cookies
    assert responder.send("/login", name="responder", password=f"{PASSWORD} 2").status_code == 429


def test_an_unknown_name_takes_as_long_as_a_wrong_password(oncall: Oncall, monkeypatch: pytest.MonkeyPatch) -> None:
    """One verification each, of the same cost."""
    accounts.add(oncall.desk, "mei", PASSWORD, "viewer")
    verified: list[str] = []

    class Counting(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    monkeypatch.setattr(account, "HASHER", Counting())
    for name in ("mei", "nobody", "no\0body", "x" * 200):
        assert accounts.verify(oncall.desk, name, "guess") is None
    assert len(verified) == 4
    assert len(set(verified)) == 1


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(oncall: Oncall, visitor: Visitor) -> None:
    """HttpOnly, SameSite and twelve hours; every answer carries a policy without inline scripts and styles."""
    password = secrets.read(oncall.desk.config, "console-password")
    cookie = visitor.send("/login", name="admin", password=password).headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Max-Age=43200"))
    for path in ("/incidents", "/nowhere", "/health", "/static/console.css"):
        policy = visitor.get(path).headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy


def test_an_answer_does_not_tell_which_names_exist(oncall: Oncall, visitor: Visitor) -> None:
    """An unknown name is told the same as a wrong password."""
    known = visitor.send("/login", name="admin", password=PASSWORD)
    unknown = visitor.send("/login", name="nobody", password=PASSWORD)
    assert known.status_code == unknown.status_code == 401
    assert "do not belong together" in known.text
    assert "do not belong together" in unknown.text
