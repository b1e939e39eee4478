"""Secrets that only their name gives away: `password=…`, `"token": {…}`, `<secret>…</secret>`, `Cookie: …`.

Each notation has its pattern: assignments, elements, a value in a field of its own, pairs, options, commands, sentences. RE2
finds the names in linear time. Which names there are and what is a secret behind them is in `secret_names.py`, where a value
ends in `secret_values.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import re2

from tixmaster.oncall.evidence import token_forms
from tixmaster.oncall.evidence.secret_names import (
    NAMES,
    NOT_A_VALUE,
    PASSWORDS,
    PROSE,
    QUOTE,
    SECRET,
    SPACE,
    SUFFIX,
    Value,
    is_secret,
    kind_of,
)
from tixmaster.oncall.evidence.secret_values import (
    ESCAPED_BLOCK,
    TO_END_OF_LINE,
    TRAILING_QUOTE,
    WINDOW,
    Budget,
    after_quote,
    block,
    header_value,
    in_connection_string,
    scalar,
)

_CLOSE: Final = rf"(?:{QUOTE}|\]|%5D|\))?(?:{QUOTE}|\])?"
_EQUALS: Final = (
    rf"(?:{SPACE}*:{SPACE}*&?(?:str|string|text|bytes){SPACE}*=|{SPACE}*:{SPACE}+[&!][\w!]+{SPACE}"
    r"|\s{0,4}(?:=>\s*string\(\d+\)|=>|=&gt;|->|:=|={1,3}|!==?|:|：|＝|%(?:25){0,2}3[AD]|=3D|&#61;|\\u003d))"
)
_ASSIGNED: Final = re2.compile(rf"(?i){NAMES}{SUFFIX}{_CLOSE}{_EQUALS}{SPACE}*")
_ANY: Final = re2.compile(rf"(?i){NAMES}|\bidentified\s")

# A name, and its value in an attribute, a sibling or an element of their own: k8s, .NET, plist, multipart.
_BESIDE: Final = re2.compile(
    rf"(?i){NAMES}{SUFFIX}(?:"
    rf"{QUOTE}?(?:\s*,\s*|\s+){QUOTE}?(?:value|val|string|content){QUOTE}?\s*[:=]\s*"
    r"|[\"'](?:;[^\r\n]*)?(?:\r?\n[A-Za-z-]{1,40}:[^\r\n]*){0,4}\r?\n\r?\n"
    r"|\\*[\"'](?:;[^\r\n\\]*)?(?:\\r)?\\n(?:[A-Za-z-]{1,40}:[^\r\n\\]*(?:\\r)?\\n){0,4}(?:\\r)?\\n"
    rf"|(?:\s+for\s+[^\s=]+\s*=|\s+(?:=|to))?{SPACE}+(?:(?:[en]|u&)?{QUOTE}|\$\w*\$)"  # ALTER ROLE x PASSWORD 'y'
    rf"|\({SPACE}*{QUOTE}"  # PASSWORD('y')
    r")"
)
_IDENTIFIED: Final = re2.compile(rf"(?i)\bidentified\s+(?:with\s+\S{{1,60}}\s+)?(?:by|as)\s+(?:password\s+)?{QUOTE}")
_ELEMENT: Final = re2.compile(
    rf"(?i)(?:<|&lt;)(?:[\w.-]+:)?[\w.-]*{NAMES}{SUFFIX}(?:\s[^<>]*)?(?:[^/<>]>|>|&gt;)"
    rf"|(?:key|name|id|field|property)=[\"'][\w.:-]*{NAMES}{SUFFIX}[\"'][^<>]*>"
    rf"|(?:>|&gt;)[\w.:-]*{NAMES}{SUFFIX}(?:</|&lt;/)[\w:]+(?:>|&gt;)\s*(?:<|&lt;)[\w:]+(?:>|&gt;)"
)
_NESTED: Final = re2.compile(r"(?:\s*(?:<|&lt;)(?:!\[CDATA\[|[\w][^<>]*?(?:>|&gt;))){0,3}\s*")
_ELEMENT_END: Final = re2.compile(r"<|&lt;|\]\]>|\z")
_PAIR: Final = re2.compile(rf"(?i){QUOTE}(--?)?[\w.-]*{NAMES}{SUFFIX}{QUOTE}\s*,\s*b?(?:\\*[\"'`])")
_OPTION: Final = re2.compile(rf"(?i)(?:^|[^\w-])--?[\w.-]*{NAMES}{SUFFIX}\s+")
_COMMANDS: Final = re2.compile(
    r"\b(?:curl|etcdctl|https?|wget|svn|lftp|smbclient|xh)\b[^\r\n]*?\s(?:-u|--user|--proxy-user|-U|-a|--auth)(?:\s*|=)(?:\\*[\"'])?[^\s:%\"'\\]*[:%]"
    r"|\bmy(?:sql|sqldump|sqladmin|sqlcheck|sqlimport|cli)\b[^\r\n]*?\s-p"
    r"|\b(?:sshpass|docker\s+login|helm\s+registry\s+login|podman\s+login|ldapsearch|az\s+login)\b[^\r\n]*?\s-[pw]\s*"
    r"|\bredis-cli\b[^\r\n]*?\s-a\s+"
    r"|\s-pass(?:in|out)?\s+pass:"
)
_SPOKEN: Final = re2.compile(
    rf"(?i)(?:{PASSWORDS}|\bpin\b|\botp\b|token|金鑰|驗證碼|secret)"
    rf"(?:{SPACE}*(?:是|為|为|爲)[:： ]*|\s+(?:is|was|=|set to|changed to)[:]?\s+(?:now\s+)?)"
)
_PROTOCOLS: Final = re2.compile(
    r"(\b(?:requirepass|masterauth)[ \t\"']+)[^\s\"']+"  # the configuration of Redis
    r"|(\bAUTH (?:PLAIN|LOGIN|XOAUTH2)[ \t]+)[A-Za-z0-9+/]{8,}={0,2}"  # SMTP, IMAP
    r"|(\bmachine\s+\S+\s+login\s+\S+\s+password\s+)\S+"  # .netrc
)
_PROTOCOL_WORDS: Final = (b"requirepass", b"masterauth", b"AUTH ", b"machine")
NEEDED: Final = (_ANY.pattern, _COMMANDS.pattern, _PROTOCOLS.pattern)
"""One of these matches in every text that this module changes."""
_LINE_END: Final = re2.compile(r"[ \t]*(?:[|>][+-]?\d?[ \t]*)?(?:#[^\r\n]*)?\r?\n")
_SIGNS: Final = b"=:<'\"`-%&(|$"
_SPOKEN_SIGNS: Final = (b" is ", b" was ", b" = ", b" to ", *(sign.encode() for sign in "是為为爲"))
_DONE: Final = (b"[secret]", b"[token]", b"[password]", b"[private key]", b"[password hash]")
_TO_BACKSLASH: Final = re2.compile(r"[^\r\n\\\"]*")
_CLOSING: Final = re2.compile(r"\\*[\"'`]\s*[\])]")
_SPOKEN_VALUE: Final = re2.compile(r"[\"'`]?([^\s\"'`,;]+)")
_SPOKEN_ABROAD: Final = re2.compile(r"[ \"'`「]?([!-~]+)")
_NAME_ALONE: Final = re2.compile(rf"(?i){NAMES}{SUFFIX}\z")


def redact_named(data: bytes) -> bytes:
    """The values of all names that say that they are secret."""
    if (
        len(data) < 256
        and data.isascii()
        and len(data.translate(None, _SIGNS)) == len(data)
        and b" is " not in data
        and b" was " not in data
    ):
        return data  # most short texts: a search with RE2 takes longer than this
    if not _ANY.search(data):
        return data
    budget = Budget(data)
    lower = data.lower()
    if b"<" in lower or b"&lt;" in lower:
        data = _elements(data)
    if b"identified" in lower:
        data = _replace(data, _IDENTIFIED, lambda _, at: after_quote(data, at, budget))
    if (
        b'"' in lower
        or b"'" in lower
        or b"value" in lower
        or b"%22" in lower
        or b"&" in lower
        or b"`" in lower
        or b"$" in lower
    ):
        data = _beside(data, budget)
        data = _pairs(data, budget)
    if b" -" in lower or b"--" in lower or lower.startswith(b"-"):
        data = _options(data, budget)
    data = _assigned(data, budget)
    if any(sign in lower for sign in _SPOKEN_SIGNS):
        data = _spoken(data)
    return data


def _replace(data: bytes, pattern: re2._Regexp, find: Callable[[int, int], Value | None]) -> bytes:
    """The values that `find` finds behind the matches go; the search goes on behind the value."""
    pieces, done = [], 0
    matches = pattern.finditer(data)
    while match := next(matches, None):
        start, at = match.span()
        if start < done:  # it begins within a value
            matches = pattern.finditer(data, done)
            continue
        value = find(start, at)
        if value:
            pieces += [data[done : value.start], value.instead]
            done = value.stop
    return b"".join([*pieces, data[done:]]) if pieces else data


def _assigned(data: bytes, budget: Budget) -> bytes:
    return _replace(data, _ASSIGNED, lambda start, at: _value_of(data, start, at, budget))


def _value_of(data: bytes, start: int, at: int, budget: Budget) -> Value | None:
    """The value of an assignment whose name starts at `start` and whose sign ends at `at`."""
    if data.startswith(_DONE, at) or (
        data[start - 1 : start] == b"[" and data.startswith(_DONE, start - 1) and _is_done(data, start)
    ):
        return None
    name = data[start:at].lower()
    kind, head = kind_of(name), data[at : at + 1]
    sign = name.rstrip()
    if (
        sign.endswith(b":")
        and (head in b":/" or _is_no_name(data, start))
        and (head != b"/" or data[at + 1 : at + 2] == b"/")
    ):
        return None
    if head in b"~" and data[at + 1 : at + 2] in (b'"', b"'"):  # a matcher of PromQL
        return None
    if head in b"\r\n|>#" and (line := _LINE_END.match(data, at)):
        return block(data, start, at, line.end(), kind, budget)
    if head == b"|" and (escaped := ESCAPED_BLOCK.match(data, at)):
        return Value(at, escaped.end(), escaped[0])
    if kind == "header":
        return header_value(data, start, at, sign, budget)
    if kind == "password" and (value := in_connection_string(data, start, at, sign)):
        return value
    value = scalar(data, start, at, kind, budget, encoded=sign.endswith((b"%3d", b"%3a", b"=3d")))
    if value and value.instead != SECRET:
        return value
    return value if value and is_secret(data, start, name, kind, value) else None


def _is_done(data: bytes, start: int) -> bool:
    """Whether `[secret]` is a value that was redacted, and not the name in PHP's `[secret] => x`."""
    before = data[max(0, start - 4) : start - 1].rstrip(b" ")
    return before.endswith((b"=", b":", b'"', b"'", b">", b"@", b",", b"}", b"]"))


def _is_no_name(data: bytes, start: int) -> bool:
    """The end of a path (`/etc/passwd: permission denied`), or what a parser did not expect (`unexpected token: x`)."""
    before = data[max(0, start - 64) : start]
    if before.lower().endswith((b"unexpected ", b" expected ", b"illegal ")):
        return True
    _, slash, part = before.rpartition(b"/")
    return bool(slash) and (not part or part.translate(None, b"_.-").isalnum())


def _elements(data: bytes) -> bytes:
    """`<password>…</password>` and `<entry key="password">…</entry>`, also with their signs escaped."""

    def content(start: int, at: int) -> Value | None:
        begin = _NESTED.match(data, at).end()
        stop = _ELEMENT_END.search(data, begin).start()
        closed = data.startswith((b"</", b"&lt;/", b"]]>"), stop) or (
            stop == len(data) and len(data[begin:].split()) == 1
        )
        if not closed:  # "usage: login <user> <password> …"
            return None
        name = data[start:at].lower().lstrip(b"<&lt;>")
        value = Value(begin, stop, data[begin:stop])
        kind = kind_of(name)
        return value if is_secret(data, start, name, "token" if kind == "header" else kind, value) else None

    return _replace(data, _ELEMENT, content)


def _beside(data: bytes, budget: Budget) -> bytes:
    """Values in a field of their own, parts of a form, and SQL."""

    def value(start: int, at: int) -> Value | None:
        name = data[start:at].lower()
        kind = kind_of(name)
        found: Value | None
        if name.endswith(b"\n"):
            stop = TO_END_OF_LINE.match(data, at).end()
            found = Value(at, stop, data[at:stop])
        elif name.endswith(b"\\n"):
            stop = _TO_BACKSLASH.match(data, at).end()
            found = Value(at, stop, data[at:stop])
        elif name.endswith(b"$"):
            stop = data.find(b"$", at, at + WINDOW)
            found = Value(at, stop, data[at:stop]) if stop != -1 else None
        elif TRAILING_QUOTE.search(data[max(0, at - 12) : at]):
            if kind in ("random", "header") or (kind == "token" and b"(" not in name):
                return None  # "the token 'x'" is prose
            found = after_quote(data, at, budget)
        else:
            found = scalar(data, start, at, kind, budget)
        kind = "token" if kind == "header" else kind
        return found if found and is_secret(data, start, name, kind, found) else None

    return _replace(data, _BESIDE, value)


def _pairs(data: bytes, budget: Budget) -> bytes:
    """Headers as lists and tuples: `["authorization", "…"]`, `(b'cookie', b'…')`; options in argument lists."""

    def value(start: int, at: int) -> Value | None:
        name = data[start:at].lower().lstrip(b"\\\"'`")
        kind = kind_of(name)
        found = after_quote(data, at, budget)
        if not found or kind in ("random", "digits", "code"):
            return None
        closed = _CLOSING.match(data, found.stop)
        alone = data[max(0, start - 2) : start].rstrip(b" bB")[-1:] in (b"[", b"(") and closed
        named = kind in ("header", "token") or name.startswith(b"-")
        found = found if alone or named else None
        return found if found and is_secret(data, start, name, "token" if kind == "header" else kind, found) else None

    return _replace(data, _PAIR, value)


def _options(data: bytes, budget: Budget) -> bytes:
    """Options of commands: `--password x`, `curl -u user:x`, `mysql -px`."""

    def value(start: int, at: int) -> Value | None:
        name = data[start:at].lower().lstrip()
        kind = kind_of(name.lstrip(b"-"))
        if data[at : at + 1] in (b"-", b"=", b"") or kind in ("random", "digits", "code"):
            return None
        found = scalar(data, start, at, "token", budget)
        return found if found and is_secret(data, start, name, "token" if kind == "header" else kind, found) else None

    return _replace(data, _OPTION, value)


def redact_commands(data: bytes) -> bytes:
    """Passwords that commands take without a name: `curl -u user:x`, `mysql -px`, `redis-cli -a x`."""
    if any(word in data for word in _PROTOCOL_WORDS):
        data = token_forms.without_groups(data, _PROTOCOLS, SECRET)
    if b" -" not in data and b"\t-" not in data:
        return data
    budget = Budget(data)

    def value(start: int, at: int) -> Value | None:
        head = data[max(start, at - 80) : at]
        quote = next((sign for sign in (b"'", b'"') if head.rpartition(b" ")[2].startswith(sign)), b"")
        if quote and (stop := data.find(quote, at, at + WINDOW)) != -1:
            found: Value | None = Value(at, stop, data[at:stop])
        else:
            found = scalar(data, at, at, "token", budget)
        if not found or found.words.startswith(b"-") or NOT_A_VALUE.fullmatch(found.words):
            return None
        return None if head.endswith(b":") and found.words.startswith(b"//") else found

    return _replace(data, _COMMANDS, value)


def _spoken(data: bytes) -> bytes:
    """`the password is x`, `密碼是 x`: only what looks like one, for most such sentences go on otherwise."""

    def value(start: int, at: int) -> Value | None:
        bare = (_SPOKEN_ABROAD if data[at - 1] > 127 or data[start] > 127 else _SPOKEN_VALUE).match(data, at)
        if not bare or data.startswith(_DONE, bare.start(1)):
            return None
        found = Value(bare.start(1), bare.end(1), bare[1])
        digits = any(48 <= byte <= 57 for byte in found.words)
        signs = any(33 <= byte < 127 and not chr(byte).isalnum() for byte in found.words[:-1])
        sure = data[start] > 127 or digits or signs or data[at : at + 1] in (b'"', b"'")
        known = NOT_A_VALUE.fullmatch(found.words) or PROSE.match(data, found.start) or len(found.words) < 4
        return found if sure and not known else None

    return _replace(data, _SPOKEN, value)


def is_secret_value(key: str, value: object) -> bool:
    """Whether a field of that name holds a secret: text that is one, or anything else than counts below it."""
    name = key.encode("utf-8", "surrogatepass")
    if not _NAME_ALONE.search(name):
        return False
    if isinstance(value, str):
        text = name + b"=" + b'"' + value.encode("utf-8", "surrogatepass").replace(b"\\", b"").replace(b'"', b"") + b'"'
        return redact_named(text) != text
    if isinstance(value, dict | list | tuple):
        inside = [*value.values()] if isinstance(value, dict) else value
        return any(is_secret_value(key, item) for item in inside)
    return isinstance(value, int | float) and not isinstance(value, bool) and is_secret_value(key, str(value))
