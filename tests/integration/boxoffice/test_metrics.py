"""The metrics page, as Prometheus and the rules need it."""

from __future__ import annotations

from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, STDOUT
from typing import TYPE_CHECKING

from tixmaster.boxoffice.stocktaking import EVENTS_SHOWN, look, reconcile

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


async def test_money_is_counted_when_it_is_ordered_received_and_given_back(world: World) -> None:
    """In whole units of the currency; the probe's is not."""

    def money() -> list[float]:
        kinds = ("ordered", "received", "given_back")
        return [world.counted("ticketing_money_total", currency="TWD", kind=kind) for kind in kinds]

    assert money() == [0, 0, 0]
    ticket, buyer = await world.ticket(cents=12_50), await world.buyer()
    number = await buyer.ordered(ticket, 2)
    assert money() == [25, 0, 0]
    await buyer.settle(number, "paid")
    assert money() == [25, 25, 0]
    await world.sql("UPDATE orders SET status = 'refunded', refunded_at = now() WHERE order_number = $1", number)
    await world.office.desk.give_back_due()
    assert money() == [25, 25, 25]


async def test_seats_are_shown_by_event_and_state_in_a_bounded_number(world: World) -> None:
    """The largest events by themselves, the others as one; an event that is cancelled is shown no more."""
    await world.sql("UPDATE events SET status = 'draft' WHERE status = 'published'")
    tickets = [await world.ticket(seats=100 + number) for number in range(EVENTS_SHOWN + 2)]
    await world.sql("UPDATE events SET event_date = now() + interval '1 day'")
    largest, buyer = tickets[-1], await world.buyer()
    await buyer.bought(largest, 3)
    await buyer.held(largest, 2)
    await look(world.office)

    def seats(**labels: str) -> dict[str, float]:
        page = world.office.metrics.registry.collect()
        samples = [sample for family in page for sample in family.samples if sample.name == "ticketing_seats"]
        found = [sample for sample in samples if labels.items() <= sample.labels.items()]
        return {sample.labels["state"]: sample.value for sample in found}

    total = 100 + EVENTS_SHOWN + 1
    assert seats(event_id=str(largest["event_id"])) == {"sold": 3, "held": 2, "left": total - 5}
    assert seats(event="other events") == {"sold": 0, "held": 0, "left": 100 + 101}
    await world.sql("UPDATE events SET status = 'cancelled' WHERE id = $1", largest["event_id"])
    await look(world.office)
    assert seats(event_id=str(largest["event_id"])) == {}


async def test_orders_in_line_are_shown(world: World) -> None:
    """None while nobody waits."""
    assert world.counted("ticketing_orders_waiting") == 0
