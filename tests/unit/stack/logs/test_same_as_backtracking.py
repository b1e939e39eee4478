"""The patterns for RE2 find in text what the ones for Python's `re` found that they were derived from."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.stack.logs import backtracking as old

from tixmaster.stack.linear import Found, Pattern, utf8
from tixmaster.stack.logs import headers, levels, masks, traces
from tixmaster.stack.logs.masks import shape_of_raw

PIECES = (
    "a", "b", "f", "Ab", "AB", "G", "0", "7", "42", "000000", "a0", "f0", "deadbeef", "abcdef0abc-0000", "ab0-cd-ef", "A-B0",
    "}", "{",
    "0f8fad5b-d9cb-469f-a165-70867728950e", "-", ".", ":", "_", "/", "//", "@", "'", '"', "=", ",", "(", ")", "[", "]",
    "<", ">", "|", "\\", "$", "+", "%", "~", "#", "*", "é", "長", "訂單", "０", "–", "µ", "µs", "ms", "s", "KB", "http://", "://",
    "com", "tw", "example.com", "Error", "Exception", "OrderError", "org.", "java.lang.", "a.b.C", "0x", "\\000", "00:", "::",
    "unknown", "name", "invalid", "user", "User", "for", "from", "by", "GET", "\x01", ".0", "0.0.0.1", "[::1]", "C:\\", "…",
)  # fmt: skip
MORE = (
    " ", "  ", ", ", ". ", "user ", "for ", " from ", " by ", " [", "Jan 0", "Mon, ", "* ", "a* ", "ERROR", "INFO", "FATAL: ",
    "error", "[error]", "<LOG:info>", "level=", 'severity="', "error: ", "status=", " 500", '" 503 1', "HTTP/1.1 500",
    "panic:", "Unhandled", "Segmentation fault", "E0101 10:", "11-23 10:00:00.000  1  2 W ",
    "Traceback (most recent call last)",
    "2026-11-23 14:00:00,123", "2026-11-23T14:00:00Z", " UTC", " CEST", " +0800", "Nov 23 14:00:00 host ", "sshd[1]: ", " - ",
    "[12]", " u@d", "INFO [main] a.B: ", "1.1.1.1 - - [23/Nov/2026:14:00:00 +0800] ", '"GET /a?b HTTP/1.1" 200 ',
)  # fmt: skip
LINES = (
    "\n", "\n    at ", "\n\tat a.b.C.d(E.java:12)", "\n    at f (/srv/x.js:1:2)", "\n    at async g (node:fs:1)",
    "\n    at /x.js:1:2",
    "\n   at N.M(String s)", '\n  File "/srv/a.py", line 3, in f', "\nValueError: no", "\nCaused by: java.io.IOException: x",
    "\nmain.run(0x1)", "\ngoroutine 1 [running]:", "\nruntime.gopanic(...)", "new ", "async ", "(", ")", ":1",
)  # fmt: skip
WORDS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=10).map("".join)
MESSAGES = st.lists(st.sampled_from((*PIECES, *MORE)), min_size=1, max_size=14).map("".join)
TRACES = st.lists(st.sampled_from((*PIECES, *LINES)), min_size=1, max_size=16).map("".join)
MANY = settings(max_examples=300, deadline=None)


def _shape(text: str) -> str:
    return shape_of_raw(utf8(text)).decode()


@MANY
@given(WORDS | st.text(min_size=1, max_size=20))
@example("mail:a.b+c@example.com,http://x.y/z")
@example("0f8fad5b-d9cb-469f-a165-70867728950e@example.com")
@example("1764500000.123 12345678:9 123456.7 1234567")
def test_values_in_words(text: str) -> None:
    """Each word gets the same masks."""
    for word in _shape(text).split():
        assert masks._masked(word) == old.VALUE.sub(old.star, word)
        assert masks._HASH.sub("*", word) == old.HASH.sub("*", word)


@MANY
@given(MESSAGES)
@example("for user from user by x")
@example("user name from user ada by")
def test_what_stretches_over_words(text: str) -> None:
    """Names, composed values and what is said again and again."""
    text = " ".join(text.replace("0", "*").split())
    assert masks._without_names(text) == old.WHO.sub("*", text)
    assert masks._COMPOSED.sub(masks._composed, text) == old.COMPOSED.sub("*", text)
    assert masks._said_once(text) == old.REPEATED.sub(r"\1", text)


@MANY
@given(MESSAGES | st.text(max_size=40))
def test_levels(text: str) -> None:
    """The same level, and the same words of trouble."""
    found = old.LEVEL.search(text, 0, levels.HEAD)
    letter = found and (found["glog"] or found["logcat"])
    expected = found and (letter in "EF" if letter else bool(found["bad"] or found["bad2"] or found["bad3"]))
    assert levels.level_of_text(text) == expected
    assert (levels._TROUBLE.search(utf8(text)) is not None) == (old.TROUBLE.search(text) is not None)


@MANY
@given(MESSAGES)
def test_headers(text: str) -> None:
    """The same header."""
    new, before = headers._HEADER.match(text), old.HEADER.match(text)
    assert (new and (new.span(), new.groups())) == (before and (before.span(), before.groups()))


@MANY
@given(TRACES)
def test_traces(text: str) -> None:
    """The same frames, types and causes."""
    for new, before in (
        (traces._PYTHON, old.PYTHON),
        (traces._PYTHON_END, old.PYTHON_END),
        (traces._AT, old.AT),
        (traces._GO, old.GO),
        (traces._TYPE, old.TYPE),
        (traces._CAUSE, old.CAUSE),
    ):
        assert _found_by_re2(new, text) == _found_by_re(before, text)


def _found_by_re2(pattern: Pattern, text: str) -> list[tuple[str | None, ...]]:
    found: list[Found] = list(pattern.finditer(utf8(text)))
    return [tuple(None if part is None else part.decode() for part in one.groups()) for one in found]


def _found_by_re(pattern: re.Pattern[str], text: str) -> list[tuple[str | None, ...]]:
    return [one.groups() for one in pattern.finditer(text)]
