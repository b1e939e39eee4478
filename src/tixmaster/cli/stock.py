"""Is every seat accounted for, at the keyboard: `tix check stock`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cyclopts import App

from tixmaster.cli.output import console, mark, print_json

if TYPE_CHECKING:
    from tixmaster.boxoffice.stocktaking import Account
    from tixmaster.stack.config import Config

CONNECT_SECONDS = 5.0
SHOWN = 20


def register(check: App) -> None:
    """Adds `tix check stock`."""
    check.command(check_stock, name="stock")


def check_stock(*, json: bool = False) -> int:
    """Count every seat from the orders: stock + held + sold = total, for each ticket type, in one snapshot.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    import asyncio

    from tixmaster.stack import config as configuration

    accounts = asyncio.run(_accounts(configuration.load()))
    well = all(account.difference == 0 for account in accounts)
    if json:
        print_json({"ok": well, "ticket_types": [asdict(one) | {"difference": one.difference} for one in accounts]})
    else:
        _print(accounts, well=well)
    return 0 if well else 1


async def _accounts(config: Config) -> list[Account]:
    import asyncpg

    from tixmaster.boxoffice import stocktaking
    from tixmaster.stack import postgres
    from tixmaster.stack.errors import StackError, UnreachableError
    from tixmaster.stack.said import said, system

    try:
        url = postgres.database_url(config, "boxoffice")
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        away = said(
            "PostgreSQL cannot be asked: {why}. `tix check db` looks closer.",
            "無法查詢 PostgreSQL：{why}。`tix check db` 可進一步檢查。",
            why=system(error),
        )
        raise UnreachableError(away) from error
    try:
        return await stocktaking.accounts(connection)
    except asyncpg.UndefinedTableError as error:
        raise StackError("the box office has no tables yet; `tix up` starts the backend, which makes them") from error
    finally:
        await connection.close()


def _print(accounts: list[Account], *, well: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    wrong = [account for account in accounts if account.difference]
    out.print(
        f"{mark(well)} stock + held + sold = total for {len(accounts) - len(wrong)} of {len(accounts)} ticket types"
    )
    table = Table.grid(padding=(0, 2))
    table.add_row("", "event", "ticket type", "stock", "held", "sold", "total")
    for one in (wrong or accounts)[:SHOWN]:
        numbers = (f"{number:,}" for number in (one.stock, one.held, one.sold, one.total))
        table.add_row(mark(one.difference == 0), escape(one.event), escape(one.ticket_type), *numbers)
    out.print(table)
    if wrong:
        out.print(
            "  what to do  stop the sale of these, and look at their orders in the table order_history: "
            "a seat too many is one that two people may hold"
        )
