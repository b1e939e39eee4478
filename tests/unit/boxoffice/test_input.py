"""What callers may send: addresses, texts and numbers, for any input."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, cast

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from litestar.exceptions import SerializationException
from litestar.serialization import decode_json

from tixmaster.boxoffice import text
from tixmaster.boxoffice.errors import InvalidError
from tixmaster.boxoffice.orders import fast_lane, place
from tixmaster.boxoffice.orders.model import Purchase
from tixmaster.boxoffice.organizers.model import EventChange, NewEvent, NewTicketType, RefundWish
from tixmaster.boxoffice.payments.routes import PaymentWish
from tixmaster.boxoffice.storefront.organizer.forms import FieldError, TicketTypeForm
from tixmaster.boxoffice.tickets.model import Scan
from tixmaster.boxoffice.users.address import normalized, spelling
from tixmaster.boxoffice.users.model import ProfileChange, Registration

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ODD = st.sampled_from(list("\n\r\t\x00\x1b\x7f\x85\xa0\xad\u200b\u2028\u2060\u3000\ufeff\U000e0041 .@+" + BIDI))
ADDRESSES = st.builds(
    lambda local, domain, odd, place: f"{local}@{domain}"[:place] + odd + f"{local}@{domain}"[place:],
    st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("abcXYZ019")), min_size=1, max_size=12),
    st.sampled_from(["x.tw", "EXAMPLE.org", "例子.台灣", "xn--fsqu00a.tw", "shop.local", "tixmaster.invalid"]),
    st.one_of(st.just(""), ODD),
    st.integers(0, 24),
)


@given(ADDRESSES)
@example("a@x.tw\n")
@example("\u202ea@x.tw")
@example("a\u200b@x.tw")
def test_whatever_address_is_taken_is_in_its_normalized_form(typed: str) -> None:
    """It has nothing invisible, normalizing it again changes nothing, and logging in as it was typed finds it."""
    try:
        address = normalized(typed)
    except InvalidError:
        return
    assert normalized(address) == address == unicodedata.normalize("NFC", address)
    assert not [character for character in address if unicodedata.category(character) in HIDDEN]
    assert spelling(typed) == address
    assert spelling(f" {typed}\n") == address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("a@x.tw\n", "a@x.tw"),
        ("  Ada@EXAMPLE.org\r\n", "Ada@example.org"),
        ("ada+tag@example.co.uk", "ada+tag@example.co.uk"),
        ("buyer-1@tixmaster.invalid", "buyer-1@tixmaster.invalid"),
        ("a@shop.local", "a@shop.local"),
        ("a@xn--fsqu00a.tw", "a@例子.tw"),
        ("用戶@例子.台灣", "用戶@例子.台灣"),
    ],
)
def test_an_address_has_one_spelling(typed: str, address: str) -> None:
    """White space around it and the spelling of its domain open no second account."""
    assert normalized(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "a@",
        "@x.tw",
        "a@x",
        "a b@x.tw",
        "a@x.tw\nb@x.tw",
        "a@x.tw, b@x.tw",
        "Ada <a@x.tw>",
        "a@@x.tw",
        "a@x..tw",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(typed: str) -> None:
    """The message names the value."""
    with pytest.raises(InvalidError, match=r"Invalid email address .* Use an address such as"):
        normalized(typed)


FIELDS: dict[str, tuple[type[msgspec.Struct], dict[str, Any], bool]] = {
    "name": (Registration, {"email": "a@x.tw", "password": "12345678"}, False),
    "phone": (ProfileChange, {}, False),
    "title": (NewEvent, {"eventDate": "2030-01-01T00:00:00Z"}, False),
    "location": (EventChange, {}, False),
    "description": (EventChange, {}, True),
    "ticketType": (NewTicketType, {"price": "1", "totalQuantity": 1}, False),
    "reason": (RefundWish, {}, False),
    "gate": (Scan, {"qr": "x"}, False),
    "paymentMethod": (PaymentWish, {}, False),
}


def taken(field: str, value: str) -> bool:
    """Whether a request with this text is taken."""
    kind, others, _ = FIELDS[field]
    try:
        msgspec.convert({**others, field: value}, kind, strict=False)
    except msgspec.ValidationError:
        return False
    return True


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=20), ODD, st.text(max_size=10))
def test_no_text_holds_what_cannot_be_seen(field: str, before: str, odd: str, after: str) -> None:
    """In any field, whatever stands around it; only a text of several lines has line breaks."""
    value = f"a{before}{odd}{after}b"
    if not taken(field, value):
        return
    allowed = "\n\r\t" if FIELDS[field][2] else ""
    hidden = {character for character in value if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {*allowed, *text.JOINERS, *text.PREPENDED}


@pytest.mark.parametrize("field", sorted(FIELDS))
@pytest.mark.parametrize(
    "odd", ["\r\nBcc: x", "\u202egnp.exe", "\u2066", "\x00", "\x1b[31m", "\u200b", "\u2028", "\U000e0041"]
)
def test_injections_are_refused(field: str, odd: str) -> None:
    """Header lines, reversed text, terminal controls, smuggled tags. Only a text of several lines has lines."""
    assert taken(field, f"Show{odd}") == (FIELDS[field][2] and "\n" in odd)


@pytest.mark.parametrize("field", sorted(FIELDS))
@pytest.mark.parametrize(
    "name", ["Ada", "李　小龍", "Zoë O’Brien-Łuk", "👩‍💻 dev night", "क्‍ष", "می‌خواهم", "محمد", "Café\u0301", "A & B <C>"]
)
def test_names_of_all_languages_are_taken(field: str, name: str) -> None:
    """Ideographic space, combining marks, emoji of several parts, joiners of Indic and Persian, right to left."""
    assert taken(field, name) or len(name) > 40


@pytest.mark.parametrize("name", ["", " ", "\u3000", "\u200d", "\u200c\u200d"])
def test_a_name_shows_something(name: str) -> None:
    """Spaces and joiners alone are blank."""
    assert not taken("name", name)
    assert not taken("title", name)


def test_a_description_has_lines() -> None:
    """As a browser and a program send them."""
    assert taken("description", "One\r\nTwo\n\tThree")


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-2, 1100),
        st.floats(),
        st.floats(0, 2000).map(round).map(float),
        st.text(max_size=6),
        st.integers(-2, 2**64).map(str),
        st.sampled_from(
            [
                "1e3",
                "1E3",
                "1.0",
                " 1",
                "1 ",
                "+1",
                "-0",
                "１",
                "1_000",
                "1\n",
                "\n1",
                "0x1",
                "NaN",
                "Infinity",
                "007",
                "9" * 19,
                "9" * 20,
            ]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=3,
)
RAW_NUMBERS = st.sampled_from(
    ["1e3", "1E0", "1.0", "10e-1", "1.5", "-0", "-0.0", "1e400", "1e-400", "9" * 400, "01", "+1", "NaN", "1_0", "１"]
)
VALUES = st.one_of(JSON.map(json.dumps), RAW_NUMBERS)


def read(decode: Any, body: bytes) -> tuple[int, int, int, str] | None:
    """What a parser and `place` make of a body: event, ticket, quantity and method; None where it is refused."""
    try:
        wish = decode(body)
        event, ticket, quantity = place._numbers(wish)
    except (msgspec.MsgspecError, SerializationException, ValueError, InvalidError, RecursionError):
        return None
    return event, ticket, quantity, wish.payment_method


def fast(body: bytes) -> Any:
    """The parser of the fast lane."""
    lane = fast_lane.FastLane(cast(Any, None), cast(Any, None))
    return lane._decode(body)


def slow(body: bytes) -> Any:
    """The parser of the route: the framework reads JSON, then converts it."""
    return msgspec.convert(decode_json(body), Purchase, strict=False, str_keys=True)


@given(VALUES, VALUES, st.sampled_from(["eventId", "ticketId", "quantity", "paymentMethod"]))
@example('"1e3"', "1", "quantity")
@example("1.0", "1", "quantity")
@example('"１"', "1", "quantity")
@example("3", "1e400", "quantity")
def test_both_ways_to_an_order_read_the_same(value: str, other: str, field: str) -> None:
    """Any JSON in any field. What the fast lane takes, the route takes as the same order; it leaves to the route what it does
    not understand, and that is nothing but a further field."""
    fields = {"eventId": "1", "ticketId": "2", "quantity": "3", field: value}
    for more in ({}, {"extra": other}):
        body = ("{" + ", ".join(f'"{name}": {said}' for name, said in (fields | more).items()) + "}").encode()
        quick, found = read(fast, body), read(slow, body)
        assert quick == found or (quick is None and more)
        if found is not None:
            assert all(type(number) is int and number >= 1 for number in found[:3])
            assert found[2] <= 1000


NUMBERS = {
    **dict.fromkeys(
        ['"1e3"', '"1.0"', '"1\\n"', '" 1"', '"１"', '"1_0"', '"-1"', '""', '"0"', '"1001"', '"99999999999999999999"']
    ),
    **dict.fromkeys(["true", "NaN", "1.5", "null", "0", "1001"]),
    "1": 1,
    "1.0": 1,
    "1e2": 100,
    '"2"': 2,
    '"007"': 7,
    '"1000"': 1000,
}


@pytest.mark.parametrize(("value", "quantity"), NUMBERS.items())
def test_only_digits_are_a_number(value: str, quantity: int | None) -> None:
    """JSON numbers with a whole value, or text of ASCII digits."""
    found = read(fast, f'{{"eventId": 1, "ticketId": 2, "quantity": {value}}}'.encode())
    assert (found and found[2]) == quantity


@pytest.mark.parametrize("seats", ["1e3", "1.0", "１", "1_000", "+1", "-1", "", "1000001"])
def test_an_organizer_s_numbers_are_digits(seats: str) -> None:
    """In the form and over the API."""
    form = TicketTypeForm(name="Seat", price="1", seats=seats)
    with pytest.raises(FieldError) as refused:
        form.new()
    assert refused.value.reason == "totalQuantity"
    assert TicketTypeForm(name="Seat", price="1", seats=" 1000 ").new().total_quantity == 1000
