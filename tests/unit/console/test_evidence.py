"""Evidence for people: JSON as tables, CSV as lines, the log by page."""

from __future__ import annotations

from datetime import UTC, datetime

from markupsafe import Markup

from tixmaster.console.cells import cell
from tixmaster.console.evidence import excerpt
from tixmaster.console.evidence.numbers import as_lines
from tixmaster.console.evidence.tables import MOST_ROWS, tables_of
from tixmaster.console.rendering import moment
from tixmaster.stack.monitoring.dashboards import overview

HOSTILE = "<script>alert(1)</script>"
CSV = "time,backend\n" + "".join(f"2026-03-01T03:12:{second:02}+00:00,{second}.5\n" for second in range(10, 20))


def test_records_are_rows_and_empty_columns_are_left_out() -> None:
    """In the order of their first naming; a list of one is read downwards."""
    (table,) = tables_of([{"service": "backend", "exit": None}, {"service": "postgres", "exit": None, "pid": 7}])
    assert table.columns == ("service", "pid")
    assert table.rows == (("backend", None), ("postgres", 7))
    (single,) = tables_of([{"service": "backend", "pid": 7}])
    assert (single.columns, single.rows) == ((), (("service", "backend"), ("pid", 7)))


def test_a_document_of_lists_is_a_table_each_with_its_facts_first() -> None:
    """Facts, then records, then lists; what is too long is counted."""
    found = tables_of({"note": "x", "own": {"series": 3}, "alerts": [{"a": at} for at in range(MOST_ROWS + 5)]})
    assert [(table.name, len(table.rows), table.more) for table in found] == [
        ("", 1, 0),
        ("own", 1, 0),
        ("alerts", MOST_ROWS, 5),
    ]


def test_a_cell_is_text_whatever_it_holds() -> None:
    """Escaped at every depth; times are elements, sentences are in the reader's language, no is no blank."""
    strange: list[object] = [HOSTILE, [HOSTILE], {"a": HOSTILE}, {HOSTILE: "a"}, {"en": HOSTILE, "zh-TW": "否"}]
    for value in strange:
        assert "<script" not in cell(value, moment, "en")
    assert cell({"en": "no", "zh-TW": "否"}, moment, "zh-TW") == "否"
    assert cell("2026-03-01T03:12:40Z", moment, "en").startswith("<time datetime=")
    bare: list[object] = [None, False, 0, []]
    assert [str(cell(value, moment, "en")) for value in bare] == ["–", "✗", "0", "–"]
    assert isinstance(cell(1.5, moment, "en"), Markup)


def test_numbers_are_lines_over_a_regular_time() -> None:
    """A stretch of them where one is asked for; all of them where it would hold nothing."""
    whole = as_lines(CSV, overview.ERROR_RATIO, "en")
    assert (whole["step"], len(whole["lines"][0]["values"])) == (1.0, 10)
    middle = whole["from"] + 4
    start, end = (moment_of(middle), moment_of(middle + 2))
    part = as_lines(CSV, overview.ERROR_RATIO, "en", start, end)
    assert part["lines"][0]["values"] == [13.5, 14.5, 15.5, 16.5, 17.5]
    nothing = as_lines(CSV, overview.ERROR_RATIO, "en", moment_of(0), moment_of(1))
    assert len(nothing["lines"][0]["values"]) == 10


def test_numbers_that_are_none_are_gaps() -> None:
    """Empty cells and NaN; a file without rows draws nothing."""
    found = as_lines("time,a,b\n2026-03-01T03:12:10Z,,NaN\n2026-03-01T03:12:12Z,1,2\n", overview.ERROR_RATIO, "en")
    assert [line["values"] for line in found["lines"]] == [[None, 1.0], [None, 2.0]]
    assert as_lines("time\n", overview.ERROR_RATIO, "en")["lines"] == []


def test_the_log_is_turned_page_by_page() -> None:
    """Never more than a page; a number beyond the last is the last; the lines keep their numbers."""
    text = "".join(f"error.log:{at}: line {at}\n" for at in range(1, 121))
    turned = excerpt.turn_to(text, 99)
    assert (turned.page, turned.pages, turned.total, len(turned.lines)) == (3, 3, 120, 20)
    assert (turned.lines[0].number, turned.lines[0].place, turned.lines[0].text) == (101, "error.log:101", "line 101")
    assert excerpt.page_of(101) == 3


def test_lines_of_one_signature_know_their_place_among_all() -> None:
    """What is not there is left out; a further line of a trace has no place of its own."""
    text = "error.log:1: Traceback\n  File x: y\nerror.log:9: other\n"
    turned = excerpt.turn_to(text, 1, only=[1, 3, 99])
    assert [line.number for line in turned.lines] == [1, 3]
    assert excerpt.turn_to(text, 1).lines[1].place == ""
    assert (excerpt.turn_to("", 1).pages, excerpt.turn_to("", 1).lines) == (1, ())


def moment_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
