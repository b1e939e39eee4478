"""Matchers as people write them, in the syntax of amtool: `service=backend`, `alertname=~"High.*"`, `env!=drill`."""

from __future__ import annotations

import re

from tixmaster.stack.errors import ConfigError
from tixmaster.stack.monitoring.client import Matcher

_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("?)(.*)\3\s*', re.DOTALL)


def parse(text: str) -> Matcher:
    """The matcher that the text says; raises `ConfigError`."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ConfigError(f"{text!r} is no matcher; write label=value, label!=value, label=~regex or label!~regex")
    name, sign, _, value = found.groups()
    if "~" in sign:
        try:
            re.compile(value)
        except re.error as error:
            raise ConfigError(f"{value!r} is no regular expression: {error}") from error
    return Matcher(name=name, value=value, is_regex="~" in sign, is_equal=not sign.startswith("!"))
