"""Money, codes, languages: parts without a database."""

from __future__ import annotations

import pytest

from tixmaster.boxoffice import money
from tixmaster.boxoffice.errors import InvalidError
from tixmaster.boxoffice.reservation.codes import ALPHABET, code
from tixmaster.boxoffice.storefront.words import words_for


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0.00"), (5, "0.05"), (250_000, "2500.00"), (10**17 + 1, f"{10**15}.01")]
)
def test_money_is_exact_text(cents: int, text: str) -> None:
    """Two digits after the point, however large."""
    assert money.text(cents) == text


@pytest.mark.parametrize(
    ("text", "cents"), [("0", 0), ("0.1", 10), ("2500.00", 250_000), ("19.99", 1999), ("1000000.00", 10**8)]
)
def test_money_is_read_exactly(text: str, cents: int) -> None:
    """Without a float in between: 19.99 is 1999 cents."""
    assert money.cents(text) == cents


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "+1", "1.", ".5", "1.005", "1e3", "1,50", " 1", "1\n", "NaN", "²", "1000000.01", "9" * 13]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """With words for whoever sent it."""
    with pytest.raises(InvalidError, match="price must be"):
        money.cents(text)


def test_codes_do_not_repeat_and_have_no_letters_that_mislead() -> None:
    """Read aloud at the door, typed from paper."""
    codes = {code("TK-") for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(item) == 19 and set(item[3:]) <= set(ALPHABET) for item in codes)
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant-TW"),
        ("en-GB", "en"),
        ("zh;q=0.2, en;q=0.7", "en"),
        ("fr", "en"),
        ("", "en"),
        ("zh;q=rubbish, en;q=0.1", "en"),
    ],
)
def test_the_page_speaks_the_language_asked_for_first(header: str, language: str) -> None:
    """English for everybody else."""
    assert words_for(header)["lang"] == language
