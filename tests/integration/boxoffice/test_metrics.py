"""The metrics page, as Prometheus and the rules need it."""

from __future__ import annotations

from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, STDOUT
from typing import TYPE_CHECKING

from tixmaster.boxoffice.stocktaking import look, reconcile

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World


async def test_promtool_finds_nothing_to_say(world: World) -> None:
    """Names, units and help texts by Prometheus' own rules."""
    page = (await world.visitor().get("/metrics")).content
    promtool = await create_subprocess_exec("promtool", "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    said, _ = await promtool.communicate(page)
    assert (promtool.returncode, said) == (0, b"")


async def test_everything_starts_at_zero(world: World) -> None:
    """`increase()` sees the first order and the first failure."""
    for outcome in ("confirmed", "declined", "failed", "expired"):
        assert world.counted("ticketing_orders_total", outcome=outcome) == 0
    labels = {"http_request_method": "POST", "http_route": "/api/orders"}
    for status in ("201", "500", "503"):
        name = "http_server_request_duration_seconds_count"
        assert world.counted(name, **labels, http_response_status_code=status) == 0


async def test_labels_are_templates_whatever_callers_ask_for(world: World) -> None:
    """Made-up paths and methods make no series."""
    visitor = world.visitor()
    await visitor.request("BREW", "/api/events/12345")
    await visitor.get("/api/tickets/12345")
    await visitor.get("/made/up/path")
    page = (await visitor.get("/metrics")).text
    assert 'http_request_method="_OTHER"' in page
    assert 'http_route="/api/tickets/{ticket_id}"' in page
    assert "12345" not in page
    assert "made" not in page


async def test_stock_on_sale_and_oversold_seats_are_counted(world: World) -> None:
    """Without the probe's; a sold-out type is not on sale."""
    await look(world.office)
    before = world.counted("ticketing_sales_open")
    ticket = await world.ticket(seats=1)
    await look(world.office)
    assert world.counted("ticketing_sales_open") == before + 1
    await (await world.buyer()).order(ticket)
    await world.sql("UPDATE ticket_types SET total_quantity = 0 WHERE id = $1", ticket["id"])
    await look(world.office)
    await reconcile(world.office)
    assert world.counted("ticketing_sales_open") == before
    assert world.counted("ticketing_oversold_seats") == 1


async def test_the_pool_is_shown(world: World) -> None:
    """Lent, open and waited for."""
    async with world.office.database.connection():
        assert world.counted("ticketing_db_pool_in_use") == 1
    assert world.counted("ticketing_db_pool_in_use") == 0
    assert world.counted("ticketing_db_pool_size") >= 1
    assert world.counted("ticketing_db_pool_waiting") == 0
