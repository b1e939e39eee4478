"""The console's accounts at the keyboard: for the first steps, and for whoever has lost the password."""

from __future__ import annotations

import getpass
import secrets as randomness
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from cyclopts import App

from tixmaster.cli.output import console, print_json

if TYPE_CHECKING:
    from tixmaster.console.accounts.manage import Who
    from tixmaster.oncall.store import Database

Role = Literal["viewer", "responder", "administrator"]


def register(app: App) -> None:
    """Adds `tix account …`."""
    account = App(name="account", help="The console's accounts: list, add, password, role, end, restore.")
    for command, name in (
        (list_accounts, "list"),
        (add, "add"),
        (password, "password"),
        (role, "role"),
        (end, "end"),
        (restore, "restore"),
    ):
        account.command(command, name=name)
    app.command(account)


def list_accounts(*, json: bool = False) -> int:
    """List the accounts.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from tixmaster.console.accounts import manage

    with _state() as state:
        people = manage.everybody(state)
    if json:
        print_json({"accounts": [{key: person[key] for key in ("name", "role", "ended_at")} for person in people]})
        return 0
    for person in people:
        console().print(f"{person['name']:<24} {person['role']:<14} {'ended' if person['ended_at'] else ''}".rstrip())
    if not people:
        console().print("no account yet; the first (admin) is made when on-call starts: `tix up`")
    return 0


def add(name: str, /, *, role: Role = "responder") -> int:
    """Make an account. The password is read from standard input, or made up and shown once at a terminal.

    Parameters
    ----------
    name
        Who it is.
    role
        What the person may do.
    """
    from tixmaster.console.accounts import manage

    chosen = _password(name)
    with _state() as state:
        manage.add(state, name, chosen, role, who=_who())
    console().print(f"✓ {name} may sign in as {role}")
    return 0


def password(name: str, /) -> int:
    """Give an account another password: from standard input, or made up and shown once. Its sessions end.

    Parameters
    ----------
    name
        Whose.
    """
    from tixmaster.console.accounts import manage

    chosen = _password(name)
    with _state() as state:
        manage.change_password(state, name, chosen, who=_who())
    console().print(f"✓ {name} has another password; sessions with the old one have ended")
    return 0


def role(name: str, role: Role, /) -> int:
    """Let an account do more or less.

    Parameters
    ----------
    name
        Whose.
    role
        What the person may do from now on.
    """
    from tixmaster.console.accounts import manage

    with _state() as state:
        manage.change_role(state, name, role, who=_who())
    console().print(f"✓ {name} is {role}")
    return 0


def end(name: str, /) -> int:
    """End an account, its sessions and its tokens. What it did stays on record.

    Parameters
    ----------
    name
        Whose.
    """
    from tixmaster.console.accounts import manage

    with _state() as state:
        manage.end(state, name, who=_who())
    console().print(f"✓ {name} may not sign in any more")
    return 0


def restore(name: str, /) -> int:
    """Let an ended account in again.

    Parameters
    ----------
    name
        Whose.
    """
    from tixmaster.console.accounts import manage

    with _state() as state:
        manage.restore(state, name, who=_who())
    console().print(f"✓ {name} may sign in again")
    return 0


def _password(name: str) -> str:
    """The first line of standard input; at a terminal one that nobody has thought of before."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    made = randomness.token_urlsafe(15)
    console().print(f"The password of {name}, shown this once: {made}", markup=False)
    return made


def _who() -> Who:
    from tixmaster.console.accounts.manage import Who

    return Who(name=getpass.getuser())


@dataclass(frozen=True, kw_only=True)
class _State:
    """On-call's state, opened beside a running on-call."""

    database: Database
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


@contextmanager
def _state() -> Iterator[_State]:
    from tixmaster.oncall.store.open import open_state
    from tixmaster.stack import config

    database = open_state(config.load())
    try:
        yield _State(database=database)
    finally:
        database.close()
