"""Redaction: secrets and personal data are replaced before anything is kept as evidence or leaves the machine.

Every kind is recognized by its form, and by its check digit where it has one, so that what engineers need (request ids,
hashes, times, counts, prices, ports) stays. What is secret only by what it is called goes by its name (`password=`). The
replacement tells what stood there and is itself left alone by a second pass.

The text may come from anybody, so every pattern runs on RE2, whose time is linear in the length of the text.
"""

from __future__ import annotations

from typing import Any, Final

from tixmaster.oncall.evidence import named_secrets, personal_data, token_forms

_STAGES: Final = (
    token_forms.redact_keys,
    token_forms.redact_tokens,
    token_forms.redact_urls,
    token_forms.redact_bearer,
    named_secrets.redact_commands,
    named_secrets.redact_named,
    personal_data.redact_personal,
)

_SHORTEST: Final = 6
"""`pw=abc`: in less there is no secret with its name."""


def redact(text: str) -> str:
    """The text with tokens, passwords, keys, sessions, addresses, card, phone and identity numbers replaced by their kind."""
    if len(text) < _SHORTEST:
        return text
    before = data = text.encode(
        "utf-8", "surrogatepass"
    )  # once: RE2 works on UTF-8, and would convert for each pattern
    for stage in _STAGES:
        data = stage(data)
    return text if data is before else data.decode("utf-8", "surrogatepass")


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
        return named_secrets.SECRET.decode()
    return redact_tree(value)
