"""Matchers as people write them, in the syntax of amtool: `service=backend`, `alertname=~"High.*"`, `env!=drill`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tixmaster.stack.errors import ConfigError
from tixmaster.stack.linear import PatternError, compiled, utf8
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
            compiled(value, any_newline=True)
        except PatternError as error:
            raise ConfigError(f"{value!r} is not a valid regular expression (RE2 syntax): {error}") from error
    return Matcher(name=name, value=value, is_regex="~" in sign, is_equal=not sign.startswith("!"))


def fit(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all of them fit the labels, as Alertmanager judges it: expressions are held against the whole value, and a
    label that is not there is empty."""
    return all(_fits(one, labels.get(one.name, "")) == one.is_equal for one in matchers)


def _fits(matcher: Matcher, value: str) -> bool:
    if not matcher.is_regex:
        return value == matcher.value
    try:
        return compiled(matcher.value, any_newline=True).fullmatch(utf8(value)) is not None
    except PatternError:  # what only Go's expressions allow; nobody here can say what it fits
        return False
