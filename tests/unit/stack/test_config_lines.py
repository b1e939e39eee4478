"""The line of each key, for any TOML document."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from tixmaster.stack.config.lines import Place, line_of, lines

ROOT = Path(__file__).parents[3]
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=12)
KEYS = st.one_of(st.sampled_from(["a", "b-1", "C_2", "7", "a.b", "", '"', "é", "x y"]), TEXT)


def places(document: Any, place: Place = ()) -> Iterator[Place]:
    """Every key and element of a document."""
    members = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in members:
        yield (*place, key)
        yield from places(value, (*place, key))


VALUES = st.recursive(
    st.one_of(TEXT, st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
@settings(deadline=None, max_examples=100)
def test_every_key_of_a_generated_document_has_a_line(document: dict[str, Any]) -> None:
    """Tables, arrays of tables, inline tables, quoted keys: as tomlkit writes them and tomllib reads them."""
    text = tomlkit.dumps(document)
    read = tomllib.loads(text)
    found = lines(text)
    assert set(found) == set(places(read))


STRING = st.one_of(
    st.sampled_from(
        ['"a # b"', '"\\"]\\\\"', "'c = [ \" ]'", '"""x\n[no]\n y = 1 \\"\\"\\" z"""', "'''p\n]]\n''q'''", '""""a""""']
    ),
    TEXT.map(lambda text: tomlkit.string(text).as_string()),
)
SCALAR = st.one_of(
    STRING, st.sampled_from(["1", "-0x1f", "1e3", "inf", "true", "2026-03-01T00:00:00+08:00", "07:32:00"])
)
GAP = st.sampled_from(["", " ", "\n", " # ], } = [x]\n", "\n\n\t"])
NAME = st.sampled_from(["a", "b", '"c.d"', "'e f'", '"\\u0041"'])


@st.composite
def written(draw: st.DrawFn) -> str:
    """A document as people write it: keys with dots, comments anywhere, trailing commas, several styles of strings."""
    parts: list[str] = []
    for number in range(draw(st.integers(0, 4))):
        header = draw(st.sampled_from(["", f"[t{number}]", f"[t{number} . x]", "[[many]]"]))
        parts.append(f"{header}{draw(st.sampled_from(['', ' # c']))}\n" if header else "")
        prefix = f"p{number}"
        for index in range(draw(st.integers(0, 3))):
            key = ".".join([f"{prefix}_{index}", *draw(st.lists(NAME, max_size=2))])
            parts.append(f"{key} = {draw(arrays() | inlines() | SCALAR)}{draw(st.sampled_from(['', ' # c', '  ']))}\n")
    return "".join(parts)


def arrays() -> st.SearchStrategy[str]:
    """Over several lines, with comments."""
    items = st.lists(st.tuples(GAP, SCALAR, GAP).map("".join), max_size=3)
    return st.tuples(items, st.booleans()).map(
        lambda made: f"[{','.join(made[0])}{',' * (made[1] and bool(made[0]))}\n]"
    )


def inlines() -> st.SearchStrategy[str]:
    """Tables on one line."""
    one_line = SCALAR.filter(lambda text: "\n" not in text)
    return st.lists(one_line, max_size=3).map(
        lambda values: "{" + ", ".join(f"k{number}.x = {value}" for number, value in enumerate(values)) + "}"
    )


@given(written())
@settings(deadline=None, max_examples=100)
def test_every_key_of_a_written_document_has_a_line(text: str) -> None:
    """Whatever the style."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # the same table twice, a date without its place: not a document
    assert set(lines(text)) == set(places(read))


@given(st.lists(st.tuples(GAP.filter(lambda gap: gap.strip(" \t") == "" or "\n" in gap), SCALAR), max_size=8))
@settings(deadline=None)
def test_the_line_is_where_the_key_stands(rows: list[tuple[str, str]]) -> None:
    """Each key is unique here, so its line can be counted in the text."""
    text = "".join(f"{gap}\nunique_{number} = {value}\n" for number, (gap, value) in enumerate(rows))
    found = lines(text)
    for number in range(len(rows)):
        assert found[(f"unique_{number}",)] == text[: text.index(f"\nunique_{number} = ") + 1].count("\n") + 1


DOCUMENT = """\
# a comment
a = 1
[t]
x = '''
y = 2
'''
[[m]]
[[m]]
n.o = [
  1,  # one
  { p = 2 },
]
[m.q]
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 2),
        (("t",), 3),
        (("t", "x"), 4),
        (("m",), 7),
        (("m", 0), 7),
        (("m", 1), 8),
        (("m", 1, "n", "o"), 9),
        (("m", 1, "n", "o", 0), 10),
        (("m", 1, "n", "o", 1, "p"), 11),
        (("m", 1, "q"), 13),
    ],
)
def test_lines_of_a_small_document(place: Place, line: int) -> None:
    """Counted by hand."""
    assert lines(DOCUMENT)[place] == line


def test_a_missing_key_is_where_its_table_begins() -> None:
    """The innermost one that is there."""
    known = lines("\n[a.b]\nc = 1\n")
    assert line_of(("a", "b", "missing", 3), known) == 2
    assert line_of(("nowhere",), known) == 1


def test_the_shipped_file(tmp_path: Path) -> None:
    """Each key of the file that a newcomer edits stands where an editor shows it."""
    text = (ROOT / "tixmaster.toml").read_text()
    found, rows = lines(text), text.splitlines()
    assert set(found) == set(places(tomllib.loads(text)))
    for place, line in found.items():
        name = next(part for part in reversed(place) if isinstance(part, str))
        assert name in rows[line - 1]
