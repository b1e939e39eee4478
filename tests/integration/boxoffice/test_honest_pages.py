"""What buyers are told when it does not go their way, and what an open page of an event hears."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.boxoffice.cluster import Cluster
from tests.integration.boxoffice.conftest import Caller, OpenWorld, World
from tests.integration.boxoffice.shopping import administrator, bought, held, logged_in, submit

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Backend

LARGEST = 60_000
"""Bytes of a page."""


async def limit(world: World, ticket: dict[str, Any], setting: str) -> None:
    """Changes a limit of a ticket type."""
    await world.sql(f"UPDATE ticket_types SET {setting} WHERE id = $1 RETURNING id", ticket["id"])  # noqa: S608


async def shown(browser: Caller, ticket: dict[str, Any]) -> str:
    """The text of an event's page."""
    page = await browser.get(f"/events/{ticket['event_id']}")
    assert len(page.content) < LARGEST
    return page.text


@pytest.mark.parametrize(
    ("setting", "said", "told"),
    [
        ("sale_starts_at = now() + interval '1 day'", "The sale begins on", "The sale has not begun yet"),
        ("sale_ends_at = now() - interval '1 day'", "It ended on", "The sale is over"),
        ("available_quantity = 0, total_quantity = 0", "Sold out", "Not enough seats left"),
        ("max_per_buyer = 1", "At most 1 per person", "More than one person may buy"),
        ("max_per_order = 1", "Hold these seats", "Too many for one order"),
    ],
)
async def test_what_cannot_be_bought_is_said_before_and_after_trying(
    world: World, setting: str, said: str, told: str
) -> None:
    """On the event's page, and to somebody whose page was older."""
    ticket, browser = await world.ticket(), await logged_in(world)
    await limit(world, ticket, setting)
    assert said in await shown(browser, ticket)
    path = f"/events/{ticket['event_id']}"
    refused = await submit(browser, f"{path}/hold", {"ticket": str(ticket["id"]), "quantity": "2", "key": "k"}, on="/")
    assert refused.status_code == 400
    assert f"<h1>{told}</h1>" in refused.text
    assert f'href="{path}"' in refused.text


async def test_paying_after_the_time_ran_out_says_so(world: World) -> None:
    """With the way back to the order, which offers to choose again."""
    browser = await logged_in(world)
    page = await held(browser, await world.ticket())
    await world.run_out(page.removeprefix("/orders/"))
    late = await submit(browser, f"{page}/pay", {"choice": "pay"}, on="/orders")
    assert (late.status_code, "<h1>The time ran out</h1>" in late.text) == (409, True)
    assert f'href="{page}"' in late.text
    assert "Choose again" in (await browser.get(page)).text


async def test_who_asks_too_often_gets_a_page_that_says_for_how_long(open_world: OpenWorld) -> None:
    """In their language, with Retry-After; programs get JSON as ever."""
    world = await open_world(requests_per_minute=2)
    visitor = world.visitor("203.0.113.7")
    for _ in range(2):
        assert (await visitor.get("/")).status_code == 200
    refused = await visitor.get("/events/1", headers={"Accept-Language": "zh-TW"})
    assert (refused.status_code, refused.headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert f"請於 {refused.headers['retry-after']} 秒後再試" in refused.text
    assert 'href="/events/1"' in refused.text
    assert "error" in (await visitor.get("/api/events")).json()


def test_a_database_that_is_away_is_a_page_that_says_what_to_do(
    cluster: Cluster, start_backend: Callable[..., Backend]
) -> None:
    """503 with Retry-After, and the same address works when it is back."""
    backend = start_backend(cluster.url)
    backend.wait_for(200)
    cluster.stop()
    away = backend.client.get("/")
    assert (away.status_code, away.headers["retry-after"]) == (503, "1")
    assert "We cannot reach our records right now" in away.text
    assert "Nothing was charged" in away.text
    cluster.start()
    backend.wait_for(200, "/")


async def test_an_open_page_hears_of_the_stock(world: World) -> None:
    """In the reader's words, and when to ask again."""
    ticket, visitor = await world.ticket(seats=3), world.visitor()
    path = re.findall(r'data-live="([^"]+)"', await shown(visitor, ticket))[0]
    live = (await visitor.get(path)).json()
    assert live["tickets"] == {str(ticket["id"]): {"sale": "open", "left": "Only 3 left"}}
    assert (live["viewing"], live["again_seconds"]) == ("", 10)
    await bought(await logged_in(world), ticket, 3)
    gone = (await visitor.get(path, headers={"Accept-Language": "zh"})).json()
    assert gone["tickets"][str(ticket["id"])] == {"sale": "sold_out", "left": "已售完"}
    assert (await visitor.get("/events/999/live?page=x")).status_code == 404


async def test_the_viewing_count_follows_its_flag(world: World) -> None:
    """It is off at first; turned on by an administrator on the page, it counts pages, each once."""
    ticket, visitor = await world.ticket(), world.visitor()
    await shown(visitor, ticket)
    assert "are looking at this" not in await shown(visitor, ticket)
    turned = await submit(
        await administrator(world), "/admin/flags/ENABLE_VIEWING_COUNT", {"enabled": "true"}, on="/admin/flags"
    )
    assert turned.status_code == 303
    text = await shown(visitor, ticket)
    assert "3 people are looking at this right now" in text
    path = re.findall(r'data-live="([^"]+)"', text)[0]
    assert [(await visitor.get(path)).json()["viewing"][:8] for _ in range(2)] == ["3 people"] * 2


async def test_the_checkout_timer_follows_its_flag(world: World) -> None:
    """Without it the page still says until when the seats are held."""
    browser, admin = await logged_in(world), await administrator(world)
    page = await held(browser, await world.ticket())
    assert "data-seconds" in (await browser.get(page)).text
    await submit(admin, "/admin/flags/ENABLE_CHECKOUT_TIMER", {"enabled": "false"}, on="/admin/flags")
    text = (await browser.get(page)).text
    assert "data-seconds" not in text
    assert "We hold your seats until" in text


async def test_each_ticket_has_a_page_with_the_next_one(world: World) -> None:
    """For its owner alone; what is no ticket of the order is not there."""
    browser = await logged_in(world)
    page = await bought(browser, await world.ticket(seats=30), 2)
    first, second = re.findall(rf'href="({page}/tickets/\d+)"', (await browser.get(page)).text)
    text = (await browser.get(first)).text
    assert f'src="{first}/qr.svg"' in text
    assert "Ticket 1 of 2" in text
    assert f'rel="next" href="{second}"' in text
    assert (await browser.get(f"{page}/tickets/1")).status_code == 404
    assert (await (await logged_in(world)).get(first)).status_code == 404


async def test_long_lists_stay_small_pages(world: World) -> None:
    """Sixty events and more go on to a second page; an order of many tickets shows some codes and leads to the rest."""
    await world.sql(
        "WITH made AS (INSERT INTO events (title, event_date, location, status) "
        "SELECT repeat('長', 60), now() + interval '30 days', repeat('處', 60), 'published' FROM generate_series(1, 130) "
        "RETURNING id) SELECT count(*) FROM made"
    )
    visitor = world.visitor()
    first = await visitor.get("/")
    assert len(first.content) < LARGEST * 2 / 3
    assert 'href="/?from=60"' in first.text
    assert "from=" not in (await visitor.get("/?from=120")).text
    ticket, browser = await world.ticket(seats=1000), await logged_in(world)
    await limit(world, ticket, "max_per_order = 1000")
    page = await bought(browser, ticket, 500)
    shown_order = await browser.get(page)
    assert len(shown_order.content) < LARGEST
    assert "and 480 more" in shown_order.text
