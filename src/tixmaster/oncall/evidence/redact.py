"""Redaction: secrets and personal data are replaced before anything is kept as evidence or leaves the machine.

Every kind is recognized by its form, and by its check digit where it has one, so that what engineers need (request ids,
hashes, times, counts, prices, ports) stays. What is secret only by what it is called goes by its name (`password=`). The
replacement tells what stood there and is itself left alone by a second pass.

The text may come from anybody, so every pattern runs on RE2, whose time is linear in the length of the text.
"""

from __future__ import annotations

from typing import Any, Final

import re2

from tixmaster.oncall.evidence import named_secrets, personal_data, token_forms
from tixmaster.oncall.evidence.secret_names import SECRET

_STAGES: Final = (
    token_forms.redact_keys,
    token_forms.redact_tokens,
    token_forms.redact_urls,
    token_forms.redact_bearer,
    named_secrets.redact_commands,
    named_secrets.redact_named,
    personal_data.redact_personal,
)

_SHORTEST: Final = 4
"""`pw=a`: in less there is no secret with its name, unless the name is Chinese."""
_SHORTEST_TOKEN: Final = 13
"""A shorter word of letters is no secret: without a sign there is no name, and without a digit no number."""
_SEARCHED_AT_ONCE: Final = 1_000
"""Bytes. In a longer text RE2 could run out of memory for so large a pattern and search it slowly."""


def _any_of(patterns: tuple[str, ...]) -> re2._Regexp:
    options = re2.Options()
    options.never_capture = True  # to know whether there is a match, RE2 then reads the text once
    return re2.compile("|".join(f"(?:{pattern})" for pattern in patterns), options)


_MAY_HOLD: Final = _any_of((*token_forms.NEEDED, *named_secrets.NEEDED, *personal_data.NEEDED))
"""Where it does not match, no stage changes anything. Most short texts are done with this one search instead of ten."""


def redact(text: str) -> str:
    """The text with tokens, passwords, keys, sessions, addresses, card, phone and identity numbers replaced by their kind."""
    if len(text) < _SHORTEST_TOKEN and text.isascii() and (len(text) < _SHORTEST or text.isalpha()):
        return text
    before = text.encode("utf-8", "surrogatepass")  # once: RE2 works on UTF-8, and would convert for each pattern
    if len(before) <= _SEARCHED_AT_ONCE and _MAY_HOLD.search(before) is None:
        return text
    data = _by_stages(before)
    return text if data is before else data.decode("utf-8", "surrogatepass")


def _by_stages(data: bytes) -> bytes:
    for stage in _STAGES:
        data = stage(data)
    return data


def redact_tree(value: Any) -> Any:
    """Plain data (of dicts, lists, strings and numbers) with its strings redacted, each knowing the keys it stands under."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {redact(key) if isinstance(key, str) else key: _under(key, item) for key, item in value.items()}
        case list():
            return [redact_tree(item) for item in value]
        case tuple():
            return tuple(redact_tree(item) for item in value)
        case _:
            return value


def _under(key: Any, value: Any) -> Any:
    if isinstance(key, str) and named_secrets.is_secret_value(key, value):
        return SECRET.decode()
    return redact_tree(value)
