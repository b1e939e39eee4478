"""Behind a proxy that speaks HTTPS: cookies are for HTTPS only, and browsers are told to stay with it."""

from __future__ import annotations

import httpx
import pytest
from tests.integration.boxoffice.conftest import PASSWORD, PEOPLE, Caller, OpenWorld, World
from tests.integration.boxoffice.shopping import submit

from tixmaster.http.peer import Networks

PROXY = "192.0.2.10"
HSTS = "strict-transport-security"


@pytest.fixture
async def proxied(open_world: OpenWorld) -> World:
    """A box office that trusts one proxy."""
    return await open_world(proxies=Networks.parse(PROXY))


def through(world: World, scheme: str, address: str = PROXY) -> Caller:
    """Somebody whose requests pass through a machine that says by which scheme they came."""
    visitor = world.visitor(address)
    visitor.headers.update({"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": scheme})
    return visitor


async def cookies_of_a_session(browser: Caller) -> list[str]:
    """Every cookie that is set on the way into a session and out of it."""
    fields = {"email": f"tls{next(PEOPLE)}@example.org", "password": PASSWORD, "name": "Ada"}
    browser.cookies.clear()
    form = await browser.get("/register")
    found = form.headers.get_list("set-cookie")
    for path, values, on in (
        ("/register", fields, "/register"),
        ("/language", {"language": "zh-TW"}, "/login"),
        ("/logout", {}, "/login"),
        ("/login", fields, "/login"),
    ):
        answer = await submit(browser, path, values, on=on)
        assert answer.status_code == 303, (path, answer.text)
        found += answer.headers.get_list("set-cookie")
    return found


async def test_every_cookie_is_secure_over_https(proxied: World) -> None:
    """The session's, that of the forms, the language's, and the one that ends the session."""
    browser = through(proxied, "https")
    browser.base_url = httpx.URL("https://tixmaster.test")
    cookies = await cookies_of_a_session(browser)
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"session", "csrf", "shop-language"}
    assert [cookie for cookie in cookies if "; Secure" not in cookie] == []
    assert [cookie for cookie in cookies if cookie.count("ecure") > 1] == []


async def test_every_answer_over_https_says_for_how_long(proxied: World) -> None:
    """Pages, the API, what is not there, and refusals of the rate limit."""
    browser = through(proxied, "https")
    for path in ("/", "/api/events", "/api/nothing", "/static/shop.css", "/health", "/orders"):
        answer = await browser.get(path)
        assert answer.headers[HSTS] == "max-age=31536000", path


@pytest.mark.parametrize(
    ("scheme", "address"), [("http", PROXY), ("https", "203.0.113.9"), ("https", "127.0.0.1"), ("gopher", PROXY)]
)
async def test_plain_http_stays_as_it_is(proxied: World, scheme: str, address: str) -> None:
    """Also where somebody who is no proxy of ours claims HTTPS: a Secure cookie would never come back."""
    browser = through(proxied, scheme, address)
    cookies = await cookies_of_a_session(browser)
    assert [cookie for cookie in cookies if "secure" in cookie.lower()] == []
    assert HSTS not in (await browser.get("/")).headers
    assert (await browser.get("/orders")).status_code == 200


async def test_this_machine_needs_no_certificate(world: World) -> None:
    """http://127.0.0.1 without a proxy: a session works, and no browser is told to use HTTPS for a year."""
    browser = world.visitor()
    cookies = await cookies_of_a_session(browser)
    assert [cookie for cookie in cookies if "secure" in cookie.lower()] == []
    answer = await browser.get("/orders")
    assert (answer.status_code, HSTS in answer.headers) == (200, False)
