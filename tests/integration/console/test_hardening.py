"""What holds for every route: forms want their token, pages are kept by no cache, cookies follow the scheme, and no address
leads elsewhere (OWASP ASVS 4.0, 3.4, 4.2.2, 5.1.5, 8.2.1)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from tixmaster.console.login import HOME, local
from tixmaster.oncall.app import Oncall
from tixmaster.stack import secrets

from .conftest import Client, Visitor, open_incident

STREAMS = ("/live",)
FOR_PROGRAMS = ("/api/", "/webhook/")


def addresses(client: Client, method: str) -> list[str]:
    """The paths of the routes of that method, with something in place of the parameters."""
    routes = [route for route in client.app.routes if isinstance(route, HTTPRoute) and method in route.methods]
    named = [re.sub(r"\{name\}", "INC-1", route.path_format) for route in routes]
    return [re.sub(r"\{\w+\}", "1", path) for path in named if not path.endswith(STREAMS)]


@pytest.fixture
def administrator(oncall: Oncall, visitor: Visitor) -> Visitor:
    """Somebody who may do everything, in a browser that speaks HTTPS."""
    open_incident(oncall)
    visitor.client = TestClient(visitor.client.app, base_url="https://console.example")
    visitor.client.follow_redirects = False
    return visitor.sign_in("admin", secrets.read(oncall.desk.config, "console-password"))


def test_every_form_wants_its_token(administrator: Visitor) -> None:
    """Another site's page can send any form with our cookies; without the token nothing happens. Programs carry a token that
    no browser sends by itself."""
    forms = [path for path in addresses(administrator.client, "POST") if not path.startswith(FOR_PROGRAMS)]
    assert len(forms) > 20
    for path in forms:
        for data in ({}, {"_csrf_token": "0" * 128}):
            assert administrator.client.post(path, data=data).status_code == 403, path
    for path in addresses(administrator.client, "POST"):
        if path.startswith(FOR_PROGRAMS):
            assert administrator.client.post(path, json={}).status_code == 401, path


def test_no_cache_keeps_a_page_and_every_cookie_follows_the_scheme(administrator: Visitor) -> None:
    """Over HTTPS all cookies are for HTTPS only; none is for scripts, and none goes along to us from elsewhere but links."""
    cookies = []
    for path in addresses(administrator.client, "GET"):
        answer = administrator.client.get(path)
        if not path.startswith("/static"):
            assert answer.headers["cache-control"].split(",")[0] in ("no-store", "private"), path
        assert answer.headers["strict-transport-security"] == "max-age=31536000", path
        cookies += answer.headers.get_list("set-cookie")
    administrator.client.cookies.delete("csrf")
    cookies += administrator.get("/login").headers.get_list("set-cookie")
    for path, fields in (("/language", {"language": "en"}), ("/account/sign-out-everywhere", {}), ("/logout", {})):
        cookies += administrator.send(path, **fields).headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"csrf", "language"}
    for cookie in cookies:
        assert "; Secure" in cookie, cookie
        assert "samesite=" in cookie.lower(), cookie
        assert "httponly" in cookie.lower() or cookie.startswith("language="), cookie


@given(
    some.text() | some.text(alphabet="/\\.:@ \t\r\nahttps?#%") | some.text(alphabet="/\\").map("/{}evil.example".format)
)
def test_no_address_leads_elsewhere(address: str) -> None:
    """Whatever stands in `next`: a browser that reads `/\\` as `//`, or drops tabs and line ends, stays here too."""
    given = local(address)
    assert given in (HOME, address)
    as_browsers_read_it = re.sub(r"[\t\r\n]", "", given).replace("\\", "/").strip()
    assert re.match(r"/(?!/)", as_browsers_read_it)
