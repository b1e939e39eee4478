"""Whatever a log line, a label or a condition holds, the time it takes grows with its length and no faster."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf

import pytest
from tests.linear_time import KB, SIZES, assert_linear

from tixmaster.oncall.sop import conditions
from tixmaster.stack.linear import compiled, utf8
from tixmaster.stack.logs import headers, levels, masks, message, stamps, traces
from tixmaster.stack.logs.assigning import Numbering, assign
from tixmaster.stack.logs.colours import without_colours
from tixmaster.stack.logs.line import Raw, entries, fields_of, text_of
from tixmaster.stack.logs.masks import Masks, Words, shape_of_raw
from tixmaster.stack.logs.merge import merged
from tixmaster.stack.logs.signing import Signer, Tally
from tixmaster.stack.monitoring import matchers
from tixmaster.stack.monitoring.client import Matcher

INNER_SIZES = (4 * KB, 16 * KB)
"""Of what only ever gets the first 2,000 characters of a message."""
COMPOSED_SIZES = (8 * KB, 128 * KB)
"""Text sizes for functions that call other functions measured here."""

PLAIN = ("-", ".", "a-", "1", "長", "'", '"', "[", "(", "{", " ")
NASTY = (
    "0x", "f0", "gg", "g-", "1:", "a:", "1-", "a-1-", "1.", "::", '"a":', '{"a":', "/a", "//", "\\", "=", "a=", '="', "@",
    " @", "a@", "a@b", "a.b@", "a@b.c", "*", "* ", "a* ", "a*b.", "~", "</", "://", "a://", "1://", "1.a://", "a.", "a.b.",
    "Aa.", "A-1", "A-", "a-b--", "_1", "\x1b[", "\x1b[0;", "\x00", "\\000a", "user ", "for ", "user user from ", "Error",
    "aError ", "ERROR ", "status=", "HTTP/1", "level=", "] a", " (a)", "長1", "長-", "é.", "µs", "1 ms ", "Jan 1 ", "Mon, ",
)  # fmt: skip
LINES = (
    "\n", "\n at ", "\n  at a (", "\n  at a.b(", "\n  at a.b(node:c)", "\n  at a:1:1", "\n    at x y", "\nA.", "\na.b.(*c",
    "\na(", "\nCaused by: ", "\nCaused by: a", '\n  File "', '\n  File "a", line 1, in x', " \n", "\n\n  at",
)  # fmt: skip
BEGUN = (
    "", "\n", "[", "<", "Traceback (most recent call last)\n", "panic: \n", "goroutine 1\n", "x\n  at a (", "x\n  at a",
    "ERROR", '1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] "GET /', "Jan  1 00:00:00 host ", "Jan  1 00:00:00 host a (",
    "2026-01-01 00:00:00,000 ERROR [", "2026-01-01 00:00:00,000 - ERROR [a", "2026-01-01 00:00:00.0 UTC [1] ",
    "2026/01/01 00:00:00 [error] 1#1: ", "2026-01-01 00:00:00 ", "2026-01-01 00:00:00 +0000 [", "<1>1 2026-01-01T00:00:00Z ",
    "[Mon Jan 01 00:00:00.0 2026] [a] ", "E0101 00:00:00.0  1 a.go:1] ", "01-01 00:00:00.0  1  1 W a", "00000000-0|",
    "00/00/00 ",
)  # fmt: skip
"""Headers, cut off where the rest of them could be long."""


def _mixtures() -> tuple[str, ...]:
    dice = random.Random(15)
    pieces = [*PLAIN, *NASTY, "a", "A", "0", ":", ",", "|", "<", ">", "$", "+", "é"]
    return tuple("".join(dice.choices(pieces, k=dice.randint(2, 6))) for _ in range(25))


MIXTURES = _mixtures()
ONE_LINE = (*PLAIN, *NASTY, *MIXTURES)


def _shape(text: str) -> str:
    return shape_of_raw(utf8(text)).decode()


SMALL: dict[str, Callable[[str], object]] = {
    "level": lambda text: levels.level_of_text(text),
    "is_error": lambda text: levels.is_error(None, text),
    "colors": without_colours,
    "stamp": lambda text: stamps.moment_of_raw(utf8(text)),
    "stamp of a value": stamps.moment_of_value,
    "status": lambda text: headers.status_of(utf8(text)),
    "text": lambda text: text_of(utf8(text)),
    "message of JSON": lambda text: message.message_of(fields_of(utf8(text)), text),
    "quick look": lambda text: message.quick_look(utf8(text)),
    "pattern": lambda text: Masks().pattern_of(_shape(text)),
    "line": lambda text: Signer().of_line(shape_of_raw(utf8(text)), b"5"),
    "message": lambda text: Signer().of_message(text),
    "assign": lambda text: list(assign([utf8(text)])),
    "begins": lambda text: Numbering().begins(utf8(text)),
    "matcher": lambda text: matchers.fit(
        [Matcher(name="a", value="(a+)+b", is_regex=True, is_equal=True)], {"a": text}
    ),
}
COMPOSED = {"message", "assign", "begins"}
"""Functions that call the other ones. They are measured up to 1 MB with the plain alphabets only."""


@pytest.mark.parametrize("name", SMALL)
def test_what_reads_a_line_takes_time_in_proportion(name: str) -> None:
    """A line of a megabyte takes half a second at most, whatever it is made of."""
    if name in COMPOSED:
        assert_linear(SMALL[name], PLAIN)
        assert_linear(SMALL[name], (*NASTY, *MIXTURES), sizes=COMPOSED_SIZES)
    else:
        assert_linear(SMALL[name], ONE_LINE)


@pytest.mark.parametrize("begun", BEGUN)
def test_a_header_that_does_not_end(begun: str) -> None:
    """A line that begins as a header does, and goes on without end."""
    units = (
        *PLAIN,
        "@",
        "a@",
        "a@b",
        "a.",
        "a.b",
        "] a",
        "[1]",
        ") ",
        " (",
        " (a)",
        "(a",
        '"5',
        ":",
        "1:",
        "a: ",
        "|",
        "\\",
    )
    assert_linear(lambda text: headers.message(text, b""), units, begun=(begun,))


@pytest.mark.parametrize(
    "begun", ["", "x\n", "Traceback (most recent call last)\n", "panic: \n", "x\n  at a (", "x\n  at a"]
)
def test_a_trace(begun: str) -> None:
    """A trace of any frames, whole and broken ones."""
    assert_linear(traces.pattern_of_trace, (*PLAIN, *NASTY[:12], *LINES), begun=(begun,))


def test_the_whole_way_of_a_line() -> None:
    """From the bytes of a file to the count of its signature, plain and as JSON."""

    def read(text: str) -> None:
        for line in entries([Raw(0, 1, utf8(text))], "x.log"):
            tally = Tally()
            if line.is_error or line.fields is None:
                tally.add(line.fields, line.text)
            tally.signatures()

    begun = ("", "2026-01-01 00:00:00 ERROR ", '{"level":"error","message":"')
    assert_linear(read, PLAIN, begun=begun)
    assert_linear(read, (*NASTY, *MIXTURES), begun=begun, sizes=COMPOSED_SIZES)


def test_lines_without_headers() -> None:
    """Many lines that could all belong to one trace."""
    begun = ("x\n" + " y\n" * 900 + "Traceback (most recent call last)\n", "panic: \n")
    assert_linear(
        lambda text: list(assign(utf8(text).split(b"\n"))),
        (" x\ny\n", "a(\n", "((((\n", "a.b("),
        begun=begun,
        sizes=INNER_SIZES,
        at_most=inf,
    )


def test_the_masks_of_a_long_word() -> None:
    """Only the beginning of a message is masked; the patterns would take their time in proportion without that as well."""
    assert_linear(
        lambda text: Words()[_shape(text)],
        tuple(unit for unit in ONE_LINE if unit.split()),
        sizes=INNER_SIZES,
        at_most=inf,
    )


def test_what_stretches_over_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for whole messages."""
    monkeypatch.setattr(masks, "LONGEST", SIZES[-1])
    assert_linear(lambda text: Masks().pattern_of(_shape(text)), ONE_LINE, sizes=INNER_SIZES, at_most=inf)


def test_merging_long_patterns() -> None:
    """Patterns that differ in one word are merged in proportion to their length."""
    assert_linear(
        lambda text: merged([text + f" {word}" for word in "abcde"]),
        (*PLAIN, "a b", "* ", "a=", "a@b"),
        sizes=INNER_SIZES,
        at_most=inf,
    )


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "([a-z]+)*-", "(a?){30}a{30}", "^(.+)+$", r"(\\d+)*\\D$"]
)
def test_matches_in_conditions_is_linear_as_it_is(pattern: str) -> None:
    """CEL's `matches` runs on the regular expressions of Rust, which do not backtrack: measured, and left as it is."""

    def judge(text: str) -> None:
        assert conditions.judge(f'x.matches("{pattern}")', {"x": text + "!"}).problem is None

    assert_linear(judge, (*PLAIN, "a", "aa-"))


@pytest.mark.parametrize("unit", ["長", "a長", "é1", "a"])
def test_many_matches_in_text_that_is_not_ascii(unit: str) -> None:
    """Offsets are in bytes, so that none is counted anew for each match."""
    pattern = compiled("[a1é長]")
    assert_linear(lambda text: sum(1 for _ in pattern.finditer(utf8(text))), (unit,), sizes=INNER_SIZES, at_most=inf)
