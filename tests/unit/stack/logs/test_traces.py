"""Stack traces, and what a signature makes of them."""

from __future__ import annotations

import pytest

from tixmaster.stack.logs.assigning import assign
from tixmaster.stack.logs.signing import Tally, group, id_of
from tixmaster.stack.logs.traces import pattern_of_trace

PYTHON = """Traceback (most recent call last):
  File "/srv/app/orders.py", line {line}, in place
    self.pool.acquire()
  File "/srv/app/pool.py", line 9, in acquire
    raise PoolError("no connection after {line} ms")
pool.PoolError: no connection after {line} ms"""
NODE = """TypeError: Cannot read properties of undefined (reading '{name}')
    at total (/srv/app/cart.js:{line}:13)
    at async checkout (/srv/app/checkout.js:88:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"""
JAVA = """java.lang.RuntimeException: order {line} failed
\tat com.shop.Orders.place(Orders.java:{line})
\tat com.shop.Main.main(Main.java:5)
Caused by: java.net.ConnectException: Connection refused
\t... 2 more"""
GO = """panic: runtime error: index out of range [{line}] with length 3

goroutine {line} [running]:
main.place(0x{line}, 0x1)
\t/srv/app/main.go:{line} +0x1d
main.main()
\t/srv/app/main.go:9 +0x2a"""


@pytest.mark.parametrize(
    ("trace", "pattern"),
    [
        (PYTHON, "pool.PoolError at acquire (pool.py) < place (orders.py)"),
        (NODE, "TypeError at total (cart.js) < checkout (checkout.js)"),
        (JAVA, "java.net.ConnectException at com.shop.Orders.place (Orders.java) < com.shop.Main.main (Main.java)"),
        (GO, "panic at main.place < main.main"),
    ],
)
def test_differing_traces_of_one_trouble_have_one_pattern(trace: str, pattern: str) -> None:
    """The type and the frames nearest to the trouble; lines, values and the machinery around do not count."""
    assert pattern_of_trace(trace.format(line=17, name="price")) == pattern
    assert pattern_of_trace(trace.format(line=4711, name="seat")) == pattern
    assert pattern_of_trace("order 17 failed\n  because it was late") is None


def test_all_lines_of_a_trace_get_the_id_of_their_entry() -> None:
    """Also the last line of a Python trace, which is not indented; an id is there for each line."""
    text = "2026-11-23 14:00:00,1 ERROR app: order {line} failed\n" + PYTHON
    lines = "\n".join([text.format(line=1), text.format(line=22), "2026-11-23 14:00:01,1 INFO app: fine"]).encode()
    ids = list(assign(lines.split(b"\n")))
    expected = id_of("pool.PoolError at acquire (pool.py) < place (orders.py)")
    assert ids[:14] == [expected] * 14
    assert len(ids) == 15
    assert ids[14] != expected


@pytest.mark.parametrize("trace", [PYTHON, NODE, JAVA, GO])
def test_without_headers_a_trace_ends_where_it_ends(trace: str) -> None:
    """What a program prints behind it stands for itself, however many lines there are."""
    own = trace.format(line=17, name="price").encode().split(b"\n")
    ids = list(assign([*own, b"listening", b"order 5 placed", b"order 6 placed"]))
    trouble, (listening, placed, *more) = ids[: len(own)], ids[len(own) :]
    assert len(set(trouble)) == 1
    assert len({trouble[0], listening, placed}) == 3
    assert more == [placed]


def test_errors_of_json_lines_are_signed_by_what_they_name() -> None:
    """The error before the message; pino's `err` with its stack."""
    tally = Tally()
    tally.add({"message": "request failed", "error": "TimeoutError: 17 ms"}, "")
    tally.add({"msg": "boom", "err": {"type": "TypeError", "message": "x", "stack": NODE.format(line=1, name="x")}}, "")
    tally.add({"msg": "boom", "err": {"type": "Refused", "message": "by 10.0.0.1"}}, "")
    tally.add({"msg": "order 12 is late"}, "")
    assert [item.pattern for item in tally.signatures()] == [
        "TimeoutError: *",
        "TypeError at total (cart.js) < checkout (checkout.js)",
        "Refused: by *",
        "order * is late",
    ]


def test_the_id_is_that_of_the_pattern_whatever_came_before() -> None:
    """The same trouble has the same id in every file and on every day."""
    first = group(["order 1 failed", "cannot reach 10.0.0.1:5432"])
    second = group(["cannot reach 10.9.9.9:1", "order 22 failed"])
    assert {item.id for item in first} == {item.id for item in second}


def test_a_word_with_many_values_is_a_name_and_two_words_are_two_troubles() -> None:
    """Eight cinemas are names; `opened` and `closed` are not."""
    halls = ["Odeon", "Apollo", "Rex", "Roxy", "Astor", "Capitol", "Gloria", "Tivoli", "Metropol"]
    found = group([f"the hall {hall} has no seats left" for hall in halls])
    assert [(item.pattern, item.count) for item in found] == [("the hall * has no seats left", 9)]
    assert len(group(["the hall door was opened today", "the hall door was closed today"])) == 2
