"""Guessing of passwords: at the same moment, in several processes, by many names, and at every place that checks one."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from tests.integration.boxoffice.conftest import ADMIN_PASSWORD, PASSWORD
from tests.integration.boxoffice.shopping import token

from tixmaster.boxoffice.errors import BusyError
from tixmaster.boxoffice.users import passwords as passwords_module
from tixmaster.boxoffice.users import throttle
from tixmaster.boxoffice.users.passwords import Passwords
from tixmaster.boxoffice.users.throttle import ATTEMPTS, LoginThrottle

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Caller, OpenWorld, World

AT_ONCE = 40
ADMIN = "admin@tixmaster.invalid"
WRONG = "wrong password"
RETRIED: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _count_afresh() -> None:
    RETRIED.clear()


async def log_in(caller: Caller, email: str = ADMIN, password: str = WRONG) -> int:
    """The status of one attempt over the API."""
    return (await caller.post("/api/users/login", json={"email": email, "password": password})).status_code


async def answered(attempt: Callable[[], Awaitable[int]]) -> int:
    """The status of an attempt, sent again where a crowded machine's database was too slow: 503 decides nothing."""
    for _ in range(600):
        if (status := await attempt()) != 503:
            return status
        RETRIED["times"] += 1
        await asyncio.sleep(0.2)
    raise AssertionError("the database stayed away")


async def at_once(attempt: Callable[[], Awaitable[int]], times: int = AT_ONCE) -> Counter[int]:
    """The statuses of many attempts at the same moment."""
    return Counter(await asyncio.gather(*(answered(attempt) for _ in range(times))))


def limited(found: Counter[int], wrong: int = 401) -> bool:
    """Whether no more attempts were checked than may be. Fewer, where the database was too slow and counted an
    attempt without an answer: then 503 was answered, and the attempt sent again."""
    exact = RETRIED.pop("times", 0) == 0
    checked = found[wrong]
    assert found == {wrong: checked, 429: AT_ONCE - checked}
    return checked == ATTEMPTS if exact else 0 < checked <= ATTEMPTS


async def test_wrong_passwords_at_the_same_moment_get_no_more_than_the_limit(world: World) -> None:
    """Each is counted before it is checked; a name that nobody has is treated alike."""
    for email in (ADMIN, "nobody@example.org"):
        found = await at_once(lambda email=email: log_in(world.visitor(), email))  # type: ignore[misc]
        assert limited(found), email


async def test_the_page_counts_with_the_api(world: World) -> None:
    """The form is the same guess."""
    browser = world.visitor()
    form = {"_csrf_token": token(await browser.get("/login")), "email": ADMIN, "password": "wrong"}

    async def on_the_page() -> int:
        return (await browser.post("/login", data=form)).status_code

    found = await at_once(on_the_page, 20) + await at_once(lambda: log_in(world.visitor()), 20)
    assert limited(found)


async def test_changing_the_password_is_no_way_to_guess_it(world: World) -> None:
    """Who has somebody's token gets as many attempts as everybody, and the log-in counts them, too."""
    buyer = await world.buyer()
    email = (await buyer.get("/api/users/profile")).json()["user"]["email"]
    change = {"currentPassword": "wrong password", "newPassword": "battery staple"}

    async def guess() -> int:
        return (await buyer.post("/api/users/change-password", json=change)).status_code

    assert limited(await at_once(guess), 400)
    assert await log_in(world.visitor(), email, PASSWORD) == 429


async def test_several_processes_count_together(world: World, open_world: OpenWorld) -> None:
    """The count is in the database that they share."""
    other = await open_world()
    worlds = [world, other] * (AT_ONCE // 2)
    found = Counter(await asyncio.gather(*(answered(lambda each=each: log_in(each.visitor())) for each in worlds)))  # type: ignore[misc]
    assert limited(found)


async def test_right_passwords_at_the_same_moment_are_all_let_in(world: World) -> None:
    """A load script with one account is nobody who guesses."""
    assert await at_once(lambda: log_in(world.visitor(), ADMIN, ADMIN_PASSWORD)) == {200: AT_ONCE}


async def test_the_right_password_forgets_the_count(world: World) -> None:
    """Whoever remembers it after nine attempts has ten again."""
    for _ in range(2):
        assert await at_once(lambda: log_in(world.visitor()), ATTEMPTS - 1) == {401: ATTEMPTS - 1}
        assert await log_in(world.visitor(), ADMIN, ADMIN_PASSWORD) == 200


async def test_the_owner_is_not_locked_out_from_elsewhere_nor_for_ever(world: World) -> None:
    """Another address is another count, and refused attempts do not extend the window."""
    assert (await at_once(lambda: log_in(world.visitor("192.0.2.1"))))[429]
    assert await log_in(world.visitor("192.0.2.2"), ADMIN, ADMIN_PASSWORD) == 200
    left = await world.sql("SELECT ends_at, now() + $1 AS latest FROM password_attempts", throttle.WINDOW)
    assert left["ends_at"] < left["latest"]
    await world.sql("UPDATE password_attempts SET ends_at = now() - interval '1 s'")
    assert await log_in(world.visitor("192.0.2.1"), ADMIN, ADMIN_PASSWORD) == 200


async def test_one_ipv6_network_is_one_address(world: World) -> None:
    """Its owner has 2^64 of them."""
    found = Counter([await log_in(world.visitor(f"2001:db8::{place:x}")) for place in range(ATTEMPTS + 2)])
    assert found == {401: ATTEMPTS, 429: 2}
    assert await log_in(world.visitor("2001:db8:0:1::1")) == 401


async def test_a_spelling_is_no_new_count(world: World) -> None:
    """Of an account that is there: what PostgreSQL takes for the same letters counts as the same account."""
    spellings = ["admin@tixmaster.invalid", "ADMIN@tixmaster.invalid", "Admin@Tixmaster.Invalid"]
    found = Counter([await log_in(world.visitor(), spellings[place % 3]) for place in range(ATTEMPTS + 2)])
    assert found == {401: ATTEMPTS, 429: 2}


async def test_a_flood_of_names_forgets_nobody(world: World) -> None:
    """The count of an account stays whatever else is tried; what is over is swept."""
    await at_once(lambda: log_in(world.visitor()))
    names = iter(range(10_000))
    for _ in range(10):
        await at_once(lambda: log_in(world.visitor(), f"nobody{next(names)}@example.org"), 20)
    assert await log_in(world.visitor()) == 429
    assert (await world.sql("SELECT count(*) FROM password_attempts"))["count"] > 200
    await world.sql("UPDATE password_attempts SET ends_at = now() - interval '1 s' WHERE attempts < 10")
    await throttle.sweep(world.office.database)
    assert (await world.sql("SELECT count(*) FROM password_attempts"))["count"] == 1


async def test_an_attempt_that_could_not_be_checked_is_not_counted(world: World) -> None:
    """A full queue is our trouble."""
    counting = LoginThrottle(world.office.database)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(BusyError):
            async with counting.attempt("somebody", "192.0.2.1"):
                raise BusyError
    async with counting.attempt("somebody", "192.0.2.1"):
        pass


async def test_the_queue_of_passwords_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than may wait is told to come again, with 503; what waits too long is not hashed any more."""
    monkeypatch.setattr(passwords_module, "MOST_WAITING", 3)
    release = threading.Event()

    class Slow(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            if password != "nobody has this password":
                release.wait(60)
            return super().hash(password, salt=salt)

    passwords = Passwords(Slow(time_cost=1, memory_cost=8, parallelism=1))
    waiting = [asyncio.create_task(passwords.hash("x" * 8)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError) as refused:
        await passwords.hash("y" * 8)
    assert refused.value.status == 503
    monkeypatch.setattr(passwords_module, "MOST_WAITING", 4)
    monkeypatch.setattr(passwords_module, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(BusyError):
        await passwords.hash("z" * 8)
    release.set()
    assert len(await asyncio.gather(*waiting)) == 3
    passwords.close()


async def test_the_load_script_of_the_contract_goes_through(world: World) -> None:
    """Many new buyers register, log in and order at the same moment, from this machine."""
    ticket = await world.ticket(seats=40)

    async def buy(place: int) -> int:
        visitor = world.visitor()
        account = {"email": f"load{place}@example.org", "password": PASSWORD, "name": "Load"}

        async def register() -> int:
            return (await visitor.post("/api/users/register", json=account)).status_code

        async def enter() -> int:
            answer = await visitor.post("/api/users/login", json=account)
            visitor.headers["Authorization"] = f"Bearer {answer.json().get('token')}"
            return answer.status_code

        async def order() -> int:
            return (await visitor.order(ticket, key="k")).status_code

        assert await answered(register) in (201, 409)
        assert await answered(enter) == 200
        return await answered(order)

    assert Counter(await asyncio.gather(*map(buy, range(AT_ONCE)))) == {201: AT_ONCE}
