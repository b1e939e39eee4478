"""Who gets in, and who may do what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from litestar.routes import HTTPRoute

from tixmaster.console.accounts import Role
from tixmaster.console.sessions import COOKIE
from tixmaster.oncall.app import Oncall
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


def test_signing_out_ends_the_session_here(responder: Visitor) -> None:
    """The cookie is taken away."""
    assert responder.get("/incidents").status_code == 200
    assert responder.send("/logout").headers["location"] == "/login?left=true"
    assert responder.get("/incidents").status_code == 303


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
