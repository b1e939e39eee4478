"""Errors become answers at one edge."""

from __future__ import annotations

import asyncpg
import pytest
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.testing import TestClient

from tixmaster.boxoffice.edge import EXCEPTION_HANDLERS, headers_of
from tixmaster.boxoffice.errors import TooManyAttemptsError
from tixmaster.boxoffice.users.throttle import WINDOW


@get("/events/{number:int}", sync_to_thread=False)
def event(number: FromPath[int]) -> None:
    raise asyncpg.DataError(f"{number} does not fit")


@pytest.mark.parametrize(("number", "status"), [(99999999999999999999, 404), (-(2**40), 404), (7, 400)])
def test_a_number_beyond_all_ids_names_nothing(number: int, status: int) -> None:
    """In the path it is an address that does not exist; elsewhere a value that is wrong."""
    with TestClient(Litestar([event], exception_handlers=EXCEPTION_HANDLERS)) as client:
        assert client.get(f"/events/{number}").status_code == status


def test_who_guessed_too_often_is_told_how_long_to_wait() -> None:
    """At most the window of the throttle."""
    assert headers_of(TooManyAttemptsError("wait")) == {"Retry-After": f"{WINDOW.total_seconds():.0f}"}
