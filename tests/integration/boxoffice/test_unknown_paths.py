"""What no route answers is 404, whatever the method; and what crawlers are told."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World

PAGES = (
    "/nope", "/nope/", "/index.php", "/wp-login.php", "/favicon.ico", "/.well-known/security.txt", "/.env", "/a/b/c/d",
    "/orders/x/y/z", "/events/1/2/3", "/%2e%2e/etc/passwd", "/%ff%00", "/apis", "/healthz",
    "/" + "a" * 30_000, "/nope?token=" + "-" * 5000, "//evil.example/x",
)  # fmt: skip
PROGRAMS = ("/api", "/api/", "/api/nope", "/api%2Fnope", "/api/schema", "/api/schema/x.yaml", "/auth", "/auth/login")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.mark.parametrize("method", METHODS)
async def test_an_unknown_page_is_404_with_every_method(world: World, method: str) -> None:
    """A page that leads on; small, whatever was asked for."""
    visitor = world.visitor()
    for path in PAGES:
        answer = await visitor.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), path[:99]
        assert len(answer.content) < 5000
        assert ('href="/"' in answer.text) == (method != "HEAD")


async def test_what_is_missing_below_a_known_path_is_the_same_page(world: World) -> None:
    """A file that is not there, an id that is none; only the methods of that path are answered otherwise."""
    visitor = world.visitor()
    for path in ("/static/nope.css", "/events/x", "/events/999999"):
        answer = await visitor.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), path
        assert (await visitor.delete(path)).status_code == 405


@pytest.mark.parametrize("method", METHODS)
async def test_an_unknown_path_of_the_api_is_404_with_every_method(world: World, method: str) -> None:
    """JSON in the contract's words."""
    visitor = world.visitor()
    for path in PROGRAMS:
        answer = await visitor.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json"), path
        if method != "HEAD":
            assert answer.json() == {"error": "Endpoint not found"}


async def test_the_page_is_in_the_reader_s_language(world: World) -> None:
    """By the browser's wishes, or by the choice that was made; without forms that could not work."""
    visitor = world.visitor()
    assert "<h1>There is no such page</h1>" in (await visitor.get("/nope")).text
    assert "<h1>找不到頁面</h1>" in (await visitor.get("/nope", headers={"Accept-Language": "zh-TW"})).text
    visitor.cookies.set("shop-language", "zh-TW")
    text = (await visitor.get("/nope")).text
    assert ("<h1>找不到頁面</h1>" in text, "<form" in text) == (True, False)


async def test_known_pages_answer_also_with_a_slash_and_to_head(world: World) -> None:
    """HEAD has the headers of GET and no body."""
    ticket, visitor = await world.ticket(), world.visitor()
    for path in ("/", f"/events/{ticket['event_id']}", "/login", "/register", "/api/events", "/health", "/robots.txt"):
        for asked in (path, f"{path.rstrip('/')}/"):
            assert (await visitor.get(asked)).status_code == 200, asked
        head = await visitor.head(path)
        assert (head.status_code, head.content, "content-type" in head.headers) == (200, b"", True)
    assert (await visitor.options("/login")).headers["allow"]


async def test_made_up_paths_and_methods_make_no_series(world: World) -> None:
    """Whatever is made up is one route and one method in the metrics."""
    visitor = world.visitor()
    for number in range(30):
        await visitor.request(f"M{number}", f"/p{number}")
        await visitor.get(f"/p{number}/{number}")
    found = {
        (sample.labels["http_request_method"], sample.labels["http_route"])
        for metric in world.office.metrics.registry.collect()
        for sample in metric.samples
        if sample.labels.get("http_response_status_code") == "404"
    }
    assert found == {("_OTHER", "_unknown"), ("GET", "_unknown")}


async def test_the_sitemap_has_what_is_on_sale_and_nothing_else(world: World) -> None:
    """The front page and the published events ahead, with absolute addresses of the site that was asked; valid XML."""
    ticket, draft, past = await world.ticket(), await world.ticket(status="draft"), await world.ticket()
    await world.sql("UPDATE events SET event_date = now() - interval '1 hour' WHERE id = $1", past["event_id"])
    answer = await world.visitor().get("/sitemap.xml", headers={"Host": "tickets.example:8443"})
    assert answer.headers["content-type"].startswith("application/xml")
    assert "set-cookie" not in answer.headers
    root = ET.fromstring(answer.text)  # noqa: S314 - our own
    assert root.tag == f"{NAMESPACE}urlset"
    assert {child.tag for child in root} == {f"{NAMESPACE}url"}
    listed = [location.text or "" for location in root.iter(f"{NAMESPACE}loc")]
    base = "http://tickets.example:8443"
    assert listed[0] == f"{base}/"
    assert f"{base}/events/{ticket['event_id']}" in listed
    assert not {f"{base}/events/{hidden['event_id']}" for hidden in (draft, past)} & set(listed)
    for address in listed:
        assert (await world.visitor().get(address.removeprefix(base))).status_code == 200


async def test_the_sitemap_is_bounded(world: World) -> None:
    """The protocol allows 50,000 addresses; the next events come first."""
    await world.sql(
        "INSERT INTO events (title, event_date, status) "
        "SELECT 'Show', now() + interval '400 days', 'published' FROM generate_series(1, 50010)"
    )
    text = (await world.visitor().get("/sitemap.xml")).text
    assert text.count("<loc>") == 50_000
    assert len(text) < 50_000_000


async def test_robots_txt_names_the_sitemap_and_leaves_private_pages_alone(world: World) -> None:
    """Events may be found by everybody; orders, accounts, forms and the API by nobody."""
    ticket, visitor = await world.ticket(), world.visitor()
    answer = await visitor.get("/robots.txt", headers={"Host": "tickets.example"})
    assert (answer.headers["content-type"], "set-cookie" in answer.headers) == ("text/plain; charset=utf-8", False)
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    assert robots.site_maps() == ["http://tickets.example/sitemap.xml"]
    for path in ("/", f"/events/{ticket['event_id']}", "/?from=60", "/static/shop.css", "/sitemap.xml"):
        assert robots.can_fetch("Googlebot", path), path
    closed = ["/api/events", "/auth/x", "/metrics", "/health", "/login?next=/", "/register", "/orders/TM-X/tickets/1"]
    closed += [f"{part}{rest}" for part in ("/organizer", "/admin", "/orders") for rest in ("", "/", "/events/1")]
    assert not [path for path in closed if robots.can_fetch("Googlebot", path)]
