"""Migrations and seed: once, in order, by one process at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg

from tixmaster.boxoffice.database.migrate import migrate, migrations
from tixmaster.boxoffice.database.seed import seed

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World


async def test_processes_that_start_together_migrate_once(empty_database_url: str) -> None:
    """The advisory lock makes the others wait, and they find nothing left to do."""
    connections = [await asyncpg.connect(empty_database_url) for _ in range(4)]
    await asyncio.gather(*(migrate(connection) for connection in connections))
    applied = await connections[0].fetch("SELECT name FROM schema_migrations ORDER BY name")
    assert [row["name"] for row in applied] == list(migrations())
    for connection in connections:
        await connection.close()


async def test_seeding_again_changes_nothing(world: World) -> None:
    """A restart neither doubles the events nor brings back what somebody removed."""
    await world.sql("UPDATE events SET title = 'Renamed' WHERE status = 'published'")
    connection = await asyncpg.connect(world.url)
    await seed(connection, world.office.settings, world.office.passwords)
    await connection.close()
    row = await world.sql("SELECT count(*), count(*) FILTER (WHERE title = 'Renamed') AS renamed FROM events")
    assert tuple(row) == (4, 3)


async def test_the_database_refuses_what_the_code_must_never_do(world: World) -> None:
    """Stock below none and above all, an order of another event's ticket: the invariants live in the schema."""
    ticket = await world.ticket(seats=5)
    user = (await world.sql("SELECT id FROM users LIMIT 1"))["id"]
    wrong = [
        ("UPDATE ticket_types SET available_quantity = -1 WHERE id = $1", ticket["id"]),
        ("UPDATE ticket_types SET available_quantity = 6 WHERE id = $1", ticket["id"]),
        (
            "INSERT INTO orders (order_number, user_id, event_id, ticket_id, quantity, total_cents, payment_method) "
            "SELECT 'X', $1, id, $2, 1, 1, 'card' FROM events WHERE status = 'probe'",
            user,
            ticket["id"],
        ),
    ]
    refused = 0
    for statement, *values in wrong:
        try:
            await world.sql(statement, *values)
        except asyncpg.IntegrityConstraintViolationError:
            refused += 1
    assert refused == len(wrong)
