"""Where the value of a secret ends: that depends on what it begins with.

A quote, a bracket, a line end (YAML), a scheme (`Bearer`), or none of these. The end of a quote or bracket is looked for only
so far, so that many of them without an end do not make the time quadratic.
"""

from __future__ import annotations

from typing import Final

import re2

from tixmaster.oncall.evidence.secret_names import NOT_A_VALUE, PROSE, QUOTE, SECRET, Kind, Value, is_secret

_BARE: Final = (
    r"(?:[\s\"`]|\\+[\"']|'(?:\W|\z)|[,;](?:\s|\z|[\"'\])}}]|[\w.\[\]-]{{1,64}}[\"']?\s?[=:])"
    r"|&(?:amp;)?[\w.%\[\]-]{{1,64}}=|[)}}\]>]+[)}}\]>.,;:]*(?:[\"'\s\\&]|\z)|</|&(?:lt|quot|apos|#39|#34);|[，。；、）」』！？]|{}\z)"
)
_PLAIN: Final = re2.compile(_BARE.format(""))
_ENCODED: Final = re2.compile(_BARE.format(r"(?i:%(?:25)*(?:2[267C]|7D|5D|0[AD]))|&|"))
_CONNECTION: Final = re2.compile(
    r"(?i)[^;\"'\r\n=<>]{1,128};\s?(?:server|data source|database|initial catalog|user id|uid|user|host|port|encrypt|trust\w*"
    r"|driver|endpointsuffix|ssl ?mode|\w* ?timeout|pooling|integrated \w+|multiple\w*|application name"
    r"|persist \w+ \w+|\w+ size|dsn)\s?="
)
_TO_SEMICOLON: Final = re2.compile(r"[^;\"'\r\n<>\\]*")
_REST_OF_LINE: Final = re2.compile(r"(?:=\\*\"[^\"\r\n\\]*\\*\"|[^\"'\r\n\\}])+")
_SCHEME: Final = re2.compile(r"(?i)(?:bearer|basic|token|apikey|api-key|geniekey|negotiate|ntlm|bot|key)[ \t]+")
_OPENING: Final = re2.compile(rf"[bBrRuUfF@]?{QUOTE}")
TRAILING_QUOTE: Final = re2.compile(rf"{QUOTE}\z")
_WRAPPED: Final = re2.compile(r"[A-Za-z_][\w.:<>]{0,60}[(\[{]")
_LONGEST_CALL: Final = 62
_BRACKETS: Final = re2.compile(r"[\[\](){}\"'\r\n]")
_NO_SECRETS: Final = re2.compile(
    r"(?i)[\[{(](?:\s|,|\\?[\"']?[\w.-]+\\?[\"']?\s*[:=]\s*|-?\d[\d.]*\b|true\b|false\b|null\b|none\b|\[(?:secret|token)\]|[\[\]{}()])*"
)
ESCAPED_BLOCK: Final = re2.compile(r"[|>][+-]?\d?(?:\\r)?((?:\\n(?: |\\t)+[^\\\"\r\n]+)+)")
_ONE_WORD: Final = re2.compile(r"(?:- )?(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s:]+:?\S*)[ \t]*|- .*|[\w.-]+: .*")
WINDOW: Final = 16_384
_MOST_BRACKETS: Final = 1_000
_LEAST_BUDGET, _BUDGET = 2_000, 50_000
TO_END_OF_LINE: Final = re2.compile(r"[^\r\n]*")
_TO_QUOTE: Final = re2.compile(r"(?:[^\r\n\"\\]|\\[^\r\n])*")
_PLACEHOLDER: Final = re2.compile(
    r"<[\w -]{1,20}>|\$\{\{?[ ]?\w[\w.]{0,60}[ ]?\}?\}|\[[\w -]{1,20}\]|\([\w -]{1,20}\)|\{\{[^{}\r\n]{0,64}\}\}"
)
_QUOTE_OF_NAME: Final = re2.compile(r"(\\*[\"'])[^\"']*$")
_LONG_NUMBER: Final = re2.compile(r"\d{4}")
_MOST_ITEMS: Final = 1_000


class Budget:
    """How many brackets and quotes may still be looked at in a text: in proportion to its length, or texts of nothing but
    open brackets would take the square of it."""

    def __init__(self, data: bytes) -> None:
        self.left = min(_BUDGET, max(_LEAST_BUDGET, len(data) // 2))


def scalar(data: bytes, start: int, at: int, kind: Kind, budget: Budget, *, encoded: bool = False) -> Value | None:
    """A value in quotes, in brackets, or without: up to what ends it."""
    head = data[at : at + 1]
    quoted = head in b"\"'`\\%&" or data[at + 1 : at + 2] in (b'"', b"'")
    opening = _OPENING.match(data, at) if quoted else None
    if opening and (value := _quoted(data, opening.start(), opening.end(), budget)):
        return value
    if head in b"<$" and (word := _PLACEHOLDER.match(data, at)):
        return Value(at, word.end(), word[0])
    if head in b"{[(" and head:
        return _structure(data, start, at, at, kind, budget)
    called = head.isalpha() and any(data.find(sign, at, at + _LONGEST_CALL) >= 0 for sign in (b"(", b"[", b"{"))
    wrapped = _WRAPPED.match(data, at) if called else None
    if wrapped and (value := _structure(data, start, at, wrapped.end() - 1, kind, budget, strict=True)):
        return value
    end = (_ENCODED if encoded else _PLAIN).search(data, at)
    stop = end.start() if end else at
    return Value(at, stop, data[at:stop]) if stop > at else None


def _quoted(data: bytes, at: int, begin: int, budget: Budget) -> Value | None:
    """Up to the same quote, escaped as often (`\\"` in JSON within JSON); one without an end, to the end of the line."""
    mark = data[at:begin].lstrip(b"bBrRuUfF@")
    limit = begin + WINDOW
    if mark[-1:] not in (b'"', b"'", b"`"):
        stop = data.find(mark, begin, limit)
        return Value(begin, stop, data[begin:stop]) if stop != -1 else None
    depth, place = len(mark) - 1, begin
    while budget.left > 0 and (found := data.find(mark[-1:], place, limit)) != -1:
        budget.left -= 1
        tail = data[max(begin, found - 64) : found]
        escapes = len(tail) - len(tail.rstrip(b"\\"))
        if escapes < depth or escapes % (2 * (depth + 1)) == depth:
            if not depth and found > begin and data[found + 1 : found + 2] == mark[-1:]:
                place = found + 2  # 'a''b' of SQL
                continue
            stop = found - min(escapes, depth)
            return Value(begin, stop, data[begin:stop])
        place = found + 1
    stop = TO_END_OF_LINE.match(data, begin).end()
    return Value(begin, stop, data[begin:stop])


def _structure(
    data: bytes, start: int, at: int, bracket: int, kind: Kind, budget: Budget, *, strict: bool = False
) -> Value | None:
    """An object, array or call under a secret name goes as a whole, unless it holds only counts.

    One without an end goes to the end of the line, with the lines below that are indented further.
    """
    if kind in ("random", "digits", "code"):
        return None
    if (word := _PLACEHOLDER.match(data, bracket)) and NOT_A_VALUE.fullmatch(word[0]):
        return None
    sign = _QUOTE_OF_NAME.search(data[start:at])
    quote = sign[1] if sign else b""
    stop = _end_of_brackets(data, bracket, budget)
    if stop is None:
        if strict:
            return None
        rest = _TO_QUOTE if quote != b'"' else TO_END_OF_LINE
        stop = rest.match(data, at).end()
        stop = _indented(data, _lead(data, start)[0], stop) if quote == b'"' or not quote else stop
        return Value(at, stop, data[at:stop], quote + SECRET + quote)
    inside = data[bracket:stop]
    if _NO_SECRETS.fullmatch(inside) and not (kind == "password" and _LONG_NUMBER.search(inside)):
        return None
    return Value(at, stop, inside, quote + SECRET + quote)


def _end_of_brackets(data: bytes, at: int, budget: Budget) -> int | None:
    """Behind the bracket that closes the one at `at`; brackets within quotes do not count."""
    depth, quote = 0, b""
    for tokens, token in enumerate(_BRACKETS.finditer(data, at, at + WINDOW)):
        budget.left -= 1
        if budget.left < 0 or tokens > _MOST_BRACKETS:
            return None
        place: int = token.start()
        sign = data[place : place + 1]
        if sign in b"\"'\r\n":
            tail = data[max(at, place - 64) : place]
            mark = sign + b"\\" * (len(tail) - len(tail.rstrip(b"\\")))
            if quote and (mark == quote or sign in b"\r\n"):
                quote = b""
            elif quote and sign == quote[:1] and len(mark) < len(quote):
                return None
            elif not quote and sign not in b"\r\n":
                quote = b"" if sign == b"'" and data[place - 1 : place].isalnum() else mark
        elif not quote:
            depth += 1 if sign in b"[({" else -1
            if depth == 0:
                return place + 1
    return None


def _indented(data: bytes, indent: int, stop: int) -> int:
    """The end of the lines below `stop` that are indented further."""
    at = data.find(b"\n", stop) + 1
    while 0 < at < len(data):
        inner, begin, end = _line(data, at)
        if begin < end:
            if inner <= indent:
                break
            stop = end
        at = data.find(b"\n", end) + 1
    return stop


def _line(data: bytes, at: int) -> tuple[int, int, int]:
    """How far the line at `at` is indented, and where its content begins and ends."""
    end = data.find(b"\n", at)
    line = data[at : end if end != -1 else len(data)]
    content = line.lstrip(b" \t")
    indent = len(line) - len(content)
    return indent, at + indent, at + indent + len(content.rstrip())


def _lead(data: bytes, start: int) -> tuple[int, bool]:
    """How far the line of a name is indented, and whether nothing but the name's own beginning stands before the name."""
    lead = data[data.rfind(b"\n", 0, start) + 1 : start]
    own = lead.strip(b" \t-\"'?").translate(None, b"_.-")
    return len(lead) - len(lead.lstrip(b" \t")), not own or own.isalnum()


def block(data: bytes, start: int, at: int, below: int, kind: Kind, budget: Budget) -> Value | None:
    """YAML: the value stands in the lines below, which are indented further, or is a list."""
    indent, leading = _lead(data, start)
    inner, begin, end = _line(data, below)
    content = data[begin:end]
    listed = content.startswith(b"- ") and inner >= indent
    if not content or not (inner > indent or listed):
        return None
    if data[at : at + 1] in (b"|", b">"):
        return Value(at, _indented(data, indent, below - 1), content)
    name = data[start:at].lower()
    if content[:1] in b"\"'{[":
        value = scalar(data, start, begin, kind, budget)
        return value if value and (value.instead != SECRET or is_secret(data, start, name, kind, value)) else None
    if not _ONE_WORD.fullmatch(content) or ((listed or b": " in content) and not leading):
        return None
    words = content[2:] if listed else content
    if not is_secret(data, start, name, kind, Value(end - len(words), end, words)):
        return None
    if listed or b": " in content:
        end = _indented(data, indent - 1 if inner == indent else indent, below - 1)
        end = _listed(data, inner, begin, end) if inner == indent else end
    return Value(at, end, words, b" " + SECRET)


def _listed(data: bytes, indent: int, begin: int, end: int) -> int:
    """The end of the items of a list that is not indented further than its name."""
    stop = end
    for place in range(_MOST_ITEMS):
        line = _line(data, begin if not place else data.find(b"\n", stop) + 1)
        if place and (
            data.find(b"\n", stop) == -1
            or line[0] < indent
            or (line[0] == indent and not data.startswith(b"- ", line[1]))
        ):
            break
        stop = line[2]
    return stop


def header_value(data: bytes, start: int, at: int, sign: bytes, budget: Budget) -> Value | None:
    """`Authorization` and `Cookie`: two words of a scheme, or the rest of the line."""
    head = data[at : at + 1]
    if head in b"\"'`\\%&bu[{(" and head:
        value = scalar(data, start, at, "token", budget)
        if value and (head not in (b"b", b"u") or value.start > at):
            return value if value.instead != SECRET or is_secret(data, start, sign, "token", value) else None
    if PROSE.match(data, at) or ((word := _PLACEHOLDER.match(data, at)) and NOT_A_VALUE.fullmatch(word[0])):
        return None
    if scheme := _SCHEME.match(data, at):
        bare = _PLAIN.search(data, scheme.end())
        if bare and bare.start() > scheme.end():
            return Value(at, bare.start(), data[at : bare.start()])
    if sign.endswith(b"=") and b"cookie" not in sign:
        value = scalar(data, start, at, "token", budget)
        return value if value and is_secret(data, start, sign, "token", value) else None
    rest = _REST_OF_LINE.match(data, at)
    words = rest[0].rstrip() if rest else b""
    if b"cookie" in sign and b"=" not in words and b" " in words:
        return None
    value = Value(at, at + len(words), words)
    return value if is_secret(data, start, sign, "token", value) else None


def in_connection_string(data: bytes, start: int, at: int, sign: bytes) -> Value | None:
    """`Server=h;Password=a b;`: up to the semicolon, spaces or not. Also `password: a b` as a line of its own."""
    if sign.endswith(b"="):
        before = data[max(0, start - 200) : start].rstrip(b" ")
        within = before.endswith(b";") and b"=" in before
        if not within and not (b";" in data[at : at + 130] and _CONNECTION.match(data, at)):
            return None
        if data[at : at + 1] == b"{" and (closing := data.find(b"}", at, at + 256)) != -1:
            return Value(at, closing + 1, data[at : closing + 1])
        stop = _TO_SEMICOLON.match(data, at).end()
    elif sign.endswith(b":") and data[at - 1 : at] == b" " and data[at : at + 1] not in b"\"'`\\{[(&":
        lead = data[max(0, start - 64) : start].rpartition(b"\n")[2]
        rest = TO_END_OF_LINE.match(data[at : at + 202])[0]  # a long line is none, and is not read for each name in it
        if lead.strip(b" -").translate(None, b"_.").isalnum() is False and lead.strip(b" -"):
            return None
        if b"=" in rest or b":" in rest or b'"' in rest or b" " not in rest or PROSE.match(rest) or len(rest) > 200:
            return None
        stop = at + len(rest.partition(b" #")[0].rstrip())
    else:
        return None
    words = data[at:stop]
    return Value(at, stop, words) if words and not NOT_A_VALUE.fullmatch(words) else None


def after_quote(data: bytes, at: int, budget: Budget) -> Value | None:
    """The value in the quotes that end at `at`."""
    head = data[max(0, at - 12) : at]
    quote = TRAILING_QUOTE.search(head)
    value = _quoted(data, at - len(head) + quote.start(), at, budget) if quote else None
    return value if value and value.words and not NOT_A_VALUE.fullmatch(value.words) else None
