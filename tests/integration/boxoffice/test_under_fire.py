"""A thousand seats and ten thousand buyers, while the server and the database are taken away: every answer stays true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest
from tests.conftest import make_config
from tests.integration.boxoffice.cluster import Cluster
from tests.integration.boxoffice.crowd import PAUSE_SECONDS, Crowd, buyers
from tests.integration.boxoffice.payers import Payers, books, send_again

from tixmaster.boxoffice.stocktaking import accounts
from tixmaster.stack import postgres

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Backend

SEATS = 1000
BUYERS = 10_000
SECRET = "s" * 32

Start = Callable[..., "Backend"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL that may be taken away."""
    cluster = Cluster(make_config(tmp_path_factory.mktemp("fire")))
    yield cluster
    cluster.kill()


@pytest.fixture
def url(cluster: Cluster) -> str:
    """An empty database in it."""
    name = f"fire_{uuid4().hex[:8]}"

    async def create() -> None:
        connection = await asyncpg.connect(postgres.database_url(cluster.config, "postgres", "postgres"))
        await connection.execute(f"CREATE DATABASE {name} OWNER boxoffice")
        await connection.close()

    asyncio.run(create())
    return postgres.database_url(cluster.config, "boxoffice", name)


async def rows(url: str, sql: str, *values: object) -> list[Any]:
    """Straight from the database."""
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def on_sale(url: str, seats: int) -> dict[str, Any]:
    """A new event with one ticket type."""
    [row] = await rows(
        url,
        "WITH e AS (INSERT INTO events (title, event_date, status) "
        "           VALUES ('Show', now() + interval '30 days', 'published') RETURNING id) "
        "INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity) "
        "SELECT id, 'Seat', 250000, $1, $1 FROM e RETURNING *",
        seats,
    )
    return dict(row)


async def crowd_before(url: str) -> Crowd:
    """Everybody is there and the sale can begin."""
    return Crowd(await on_sale(url, SEATS), await buyers(url, BUYERS, SECRET))


async def every_answer_is_true(url: str, crowd: Crowd) -> None:
    """Who was promised a seat has one, who was refused has none, and when the first was refused all were sold."""
    orders = await rows(url, "SELECT user_id, order_number, created_at FROM orders")
    owned = {row["user_id"]: row["order_number"] for row in orders}
    assert len(orders) == len(owned) == SEATS
    assert {buyer.status for buyer in crowd.people} <= {0, 201, 400}
    for buyer in crowd.people:
        assert buyer.number == owned.get(buyer.id) or not buyer.status, buyer
        assert buyer.status in (0, 201) or buyer.refused, buyer
        assert buyer.status or buyer.gives_up, buyer
    assert max(row["created_at"].timestamp() for row in orders) < crowd.first_refusal
    await every_seat_is_accounted_for(url)


async def every_seat_is_accounted_for(url: str) -> None:
    """Stock, held and sold make up the total, of every ticket type."""
    connection = await asyncpg.connect(url)
    found = await accounts(connection)
    await connection.close()
    assert {(account.difference, account.oversold) for account in found} == {(0, 0)}


async def test_ten_thousand_buyers_get_a_thousand_seats(url: str, start_backend: Start) -> None:
    """Exactly."""
    backend = start_backend(url)
    backend.wait_for(200)
    crowd = await crowd_before(url)
    await crowd.rush(backend.port)
    await every_answer_is_true(url, crowd)


async def test_two_servers_sell_the_same_seats_once(url: str, start_backend: Start) -> None:
    """Neither knows of the other; the database decides between them."""
    backends = [start_backend(url, BOXOFFICE_DEMO_EVENTS="false") for _ in range(2)]
    for backend in backends:
        backend.wait_for(200)
    crowd = await crowd_before(url)
    await crowd.rush(*(backend.port for backend in backends))
    await every_answer_is_true(url, crowd)


async def test_kill_9_of_the_server_in_mid_sale(url: str, start_backend: Start) -> None:
    """What was acknowledged exists; those who ask again under their key get one order, those who do not, at most one."""
    backend = start_backend(url)
    backend.wait_for(200)
    crowd = await crowd_before(url)
    for buyer in crowd.people[::2]:
        buyer.gives_up = True

    async def disaster() -> int:
        await crowd.has_bought(SEATS // 4)
        backend.kill()
        sold_before = crowd.sold
        start_backend(url, BOXOFFICE_PORT=str(backend.port))
        return sold_before

    _, sold_before = await asyncio.gather(crowd.rush(backend.port), disaster())
    assert sold_before < SEATS
    await every_answer_is_true(url, crowd)


async def stop_and_start(cluster: Cluster, _: str) -> None:
    """A "fast" restart: sessions end, everything is written first."""
    await asyncio.to_thread(cluster.stop)
    await asyncio.to_thread(cluster.start)


async def crash(cluster: Cluster, url: str) -> None:
    """SIGKILL of the session that sells: PostgreSQL ends the others and recovers."""
    sessions: list[Any] = []
    while not sessions:  # it may still be busy with the recovery from the crash before
        with suppress(OSError, asyncpg.PostgresError):
            sessions = await rows(
                url,
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'tixmaster-backend' "
                "ORDER BY query LIKE '%FROM sell(%' DESC, state_change DESC LIMIT 1",
            )
        await asyncio.sleep(PAUSE_SECONDS)
    cluster.kill_a_session(sessions[0]["pid"])


@pytest.mark.parametrize("disaster", [stop_and_start, crash])
async def test_postgresql_is_restarted_twice_in_mid_sale(
    cluster: Cluster, url: str, start_backend: Start, disaster: Callable[[Cluster, str], Any]
) -> None:
    """By somebody, or by itself after one of its processes was killed."""
    backend = start_backend(url)
    backend.wait_for(200)
    crowd = await crowd_before(url)

    async def twice() -> int:
        for _ in range(2):
            sold_before = crowd.sold
            await crowd.has_bought(sold_before + 1)
            await disaster(cluster, url)
        return sold_before

    _, sold_before = await asyncio.gather(crowd.rush(backend.port), twice())
    assert sold_before < SEATS
    await every_answer_is_true(url, crowd)


@pytest.mark.parametrize("late", ["take", "refund"])
async def test_payments_that_come_while_holds_end_and_the_server_is_killed(
    url: str, start_backend: Start, late: str
) -> None:
    """Each payment pays its order or goes back; webhooks that nobody took come again, and count once."""
    how = {"BOXOFFICE_HOLD_SECONDS": "1", "BOXOFFICE_LATE_PAYMENTS": late, "BOXOFFICE_DEMO_EVENTS": "false"}
    backend = start_backend(url, **how)
    backend.wait_for(200)
    payers = Payers(backend.port, await on_sale(url, 30), hold_seconds=1)

    async def disaster() -> Backend:
        await payers.have_decided()
        backend.kill()
        return start_backend(url, BOXOFFICE_PORT=str(backend.port), **how)

    _, again = await asyncio.gather(payers.come(await buyers(url, 150, SECRET), patience=5), disaster())
    found = await books(url)
    decided = [row for row in found if row["outcome"] != "open"]
    assert len(decided) == payers.decisions
    # Which of them there are depends on how fast this machine is.
    assert decided
    assert {row["payment"] for row in decided} <= {"succeeded", "failed", "refunded"}
    for row in found:
        every_payment_is_in_order(row)
    assert all(send_again(again.client, "w" * 32, row)["duplicate"] for row in decided)
    assert await books(url) == found
    await every_seat_is_accounted_for(url)


def every_payment_is_in_order(row: Any) -> None:
    """What was charged pays its order, or has gone back because it was too late."""
    paid = row["payment"] == "succeeded"
    assert (row["outcome"], row["payment"]) in {
        ("open", "started"),
        ("failed", "failed"),
        ("succeeded", "succeeded"),
        ("succeeded", "refunded"),
    }, row
    assert row["order"] == ("paid" if paid else "expired"), row
    assert (row["times_paid"], row["valid_tickets"], row["refunded"]) == (paid, paid, row["payment"] == "refunded"), row
    assert row["amount_cents"] == row["total_cents"]
    assert row["notices"] == (row["outcome"] != "open"), row
    if row["payment"] == "refunded":
        assert row["settled_at"] > row["expires_at"] - timedelta(milliseconds=100), row
