"""PostgreSQL's own rate on one hot row: pgbench, one transaction for each order, without a box office."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from importlib import resources
from typing import Final
from uuid import uuid4

import asyncpg

from tixmaster.bench.errors import BenchError
from tixmaster.bench.sale import Goods
from tixmaster.stack import postgres, secrets
from tixmaster.stack.config import Config

CLIENTS, THREADS = 32, 2
"""A crowd, as ours is. With eight clients or fewer, who hardly queue for the row, PostgreSQL is up to 1.6 times as fast."""
MARGIN_SECONDS = 30
_RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_FILES = resources.files(__package__ or "")


async def prepare(config: Config, goods: Goods) -> None:
    """Makes the tables of the baseline, with the same ticket type in them."""
    connection = await asyncpg.connect(postgres.database_url(config, "boxoffice"))
    try:
        await connection.execute(_FILES.joinpath("baseline_tables.sql").read_text(encoding="utf-8"))
        columns = "id, event_id, ticket_type, price_cents, total_quantity, available_quantity"
        await connection.execute(
            f"INSERT INTO bench_ticket_types ({columns}) SELECT {columns} FROM ticket_types WHERE id = $1",  # noqa: S608
            goods.ticket_id,
        )
    finally:
        await connection.close()


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A way to write one order at a time: the name of its figure, and the script."""

    name: str
    title: str
    script: str


TRANSACTION: Final = Baseline(
    name="pgbench_tps", title="PostgreSQL alone, a transaction an order", script="baseline_transaction.sql"
)
"""What ours is compared with: the way an application writes it."""
STATEMENT: Final = Baseline(
    name="pgbench_one_statement_tps", title="PostgreSQL alone, a statement an order", script="baseline_statement.sql"
)
BASELINES: Final = (TRANSACTION, STATEMENT)


def rate(config: Config, goods: Goods, baseline: Baseline, *, seconds: int) -> float:
    """Transactions a second; raises `BenchError` with pgbench's own words."""
    place = config.services.postgres
    with resources.as_file(_FILES.joinpath(baseline.script)) as script:
        command = [str(postgres.binary("pgbench")), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
        command += [f"--client={CLIENTS}", f"--jobs={THREADS}", f"--time={seconds}"]
        command += [
            f"--define=ticket={goods.ticket_id}",
            f"--define=event={goods.event_id}",
            f"--define=buyer={uuid4()}",
        ]
        command += [f"--host={place.host}", f"--port={place.port}", "--username=boxoffice", postgres.DATABASE]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "PGPASSWORD": secrets.read(config, postgres.PASSWORDS["boxoffice"])},
                capture_output=True,
                text=True,
                timeout=seconds + MARGIN_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BenchError(f"pgbench could not measure: {error}") from error
    found = _RATE.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise BenchError(f"pgbench could not measure: {(done.stderr or done.stdout).strip()[-500:]}")
    return float(found[1])
