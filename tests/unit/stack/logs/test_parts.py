"""Ids of a large log's lines: the same whether it is worked out whole or in parts, in one process or in several."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from multiprocessing import active_children

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tixmaster.bench.log_formats import formats, lines, mixed
from tixmaster.stack.logs import assigning, parts

_LOOSE = (
    b"", b"    at sum (/srv/cart.js:7:12)", b"\tat org.example.Order.place(Order.java:7)", b"Caused by: java.io.IOException",
    b"java.lang.IllegalStateException: 7", b"MailError: 17", b"listening on 3000", b"boom", b"}", b'{"message":"x 7"}',
    b'{"a":1', b"Traceback (most recent call last):", b'  File "/srv/mail.py", line 3, in call',
    b"\xff\xfe \x1b[31mred\x1b[0m 17", b"*",
)  # fmt: skip
_ENTRIES = st.sampled_from([[one.line for one in lines(name, 8)] for name in formats()] + [[line] for line in _LOOSE])


@given(st.lists(_ENTRIES, max_size=30).map(lambda each: list(chain.from_iterable(each))), st.data())
@settings(max_examples=300, deadline=None)
def test_parts_give_what_the_whole_gives(log: list[bytes], data: st.DataObject) -> None:
    """Wherever the blocks end, and however few of its lines begin an entry for certain."""
    blocks = []
    rest = log
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        blocks.append(b"\n".join(rest[:size]))
        rest = rest[size:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "PART_BYTES", data.draw(st.integers(1, 2_000)))
        patch.setattr(parts, "MOST_BYTES", data.draw(st.integers(1, 8_000)))
        patch.setattr(parts, "LOOKED_AT", data.draw(st.integers(1, 20)))
        cut = [list(part) for part in parts._parts(blocks, assigning.Numbering())]
        found = list(parts.assign(blocks, processes=1))
    assert b"\n".join(chain.from_iterable(cut)) == b"\n".join(log)
    assert found == list(assigning.assign(log))


def test_several_processes_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """All formats, with traces, and one of them without any header."""
    log = [*mixed(3_000), *(one.line for name in formats() for one in lines(name, 300))]
    monkeypatch.setattr(parts, "PART_BYTES", 50_000)
    monkeypatch.setattr(parts, "_Helper", _Started)
    _Started.answers = 0
    assert list(parts.assign(_blocks(log), processes=3)) == list(assigning.assign(log))
    assert _Started.answers > 3


def test_a_process_that_dies_costs_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had in hand is done by the one that started it, and so is the rest."""
    log = list(mixed(6_000))
    monkeypatch.setattr(parts, "PART_BYTES", 50_000)
    monkeypatch.setattr(parts, "_Helper", _Started)
    killed = []

    def blocks() -> Iterator[bytes]:
        for number, block in enumerate(_blocks(log)):
            for child in active_children() if number % 40 == 39 else ():
                child.kill()
                killed.append(child)
            yield block

    assert list(parts.assign(blocks(), processes=3)) == list(assigning.assign(log))
    assert killed


def test_a_small_log_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting one takes longer than a few megabytes do."""
    monkeypatch.setattr(parts, "_Helper", None)
    log = list(mixed(2_000))
    assert list(parts.assign(_blocks(log), processes=2)) == list(assigning.assign(log))


class _Started(parts._Helper):
    """One that has started for certain before it is asked for anything."""

    answers = 0

    def __init__(self) -> None:
        super().__init__()
        assert self._connection.poll(60)

    def answer(self) -> assigning.Numbered | None:
        found = super().answer()
        _Started.answers += found is not None
        return found


def _blocks(log: list[bytes]) -> Iterator[bytes]:
    return (b"\n".join(log[at : at + 50]) for at in range(0, len(log), 50))
