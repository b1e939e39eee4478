"""Secrets that only their name gives away: `password=…`, `"token": {…}`, `<secret>…</secret>`, `Cookie: …`.

A name is found by RE2, in linear time; where its value ends is found by what it begins with: a quote, a bracket, a line end
(YAML, multipart) or nothing of these. Looking for the end of a quote or bracket is bounded, so that many of them without an
end do not make the time quadratic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

import re2

Kind = Literal["password", "token", "random", "digits", "code", "header"]
"""How much a value must look like a secret: `password`: anything; `token`: no count; `random`: letters and digits mixed;
`digits`: a number of 3 to 12 digits; `code`: with a digit in it; `header`: the rest of the line."""

SECRET: Final = b"[secret]"

_PASSWORDS: Final = (
    r"passw(?:or)?d|pass-?phrase|pass[_-]?code|pwd|\bpw\b|_pw\b"
    r"|(?:db|database|user|smtp|imap|mail|mysql|pg|postgres|redis|admin|root|key|ssh|ftp|proxy|http|login|store|bind|my)[_-]?pass\b"
    r"|密碼|密码|通行碼|口令|mot[_ ]de[_ ]passe|contrase[nñ]a|passwort|kennwort"
)
_KEYS: Final = (
    r"secret(?:[_-]?(?:id|key)(?:[_-]?base)?)?|token|api[_ -]?key"
    r"|(?:access|private|encryption|signing|signature|account|master|auth|service|license|storage|session|subscription|routing"
    r"|integration|webhook|client|ssh|hmac|aes|jwt|db|database|priv|consumer|shared|deploy|app|application|admin|write|ingest"
    r"|stripe|functions|host|root|crypt|crypto|cipher|decryption|dkim|tls|ssl|rsa|gpg|pgp|wallet|bot)[_.-]?key"
    r"|credential|\bcreds\b|_creds\b|csrf|xsrf|sess(?:ion)?[_.-]?id|x-amz-(?:signature|credential)|x-goog-(?:signature|credential)"
    r"|_auth\b|金鑰|密鑰|密钥|權杖|憑證"
)
_HEADER: Final = r"cookie|authorization"
_RANDOM: Final = (
    r"\bsession|_session|-session|\.session|\bsess\b|\bauth\b|\b(?:connect\.)?sid\b|[_.-]sid\b|\bnonce\b|\bjwt\b"
)
_QUERY: Final = r"[?&;](?:amp;)?(?:sig|signature|code|key|hmac|ticket|magic|invite|otp|state|hash|h)\b"
_DIGITS: Final = r"\bpin(?:[_ -]?code)?\b|_pin\b|\bcv[vc]2?\b|\bcsc\b|_cv[vc]2?\b|card[_ -]?code|安全碼|末三碼"
_CODE: Final = (
    r"\b(?:[th]?otp|mfa|2fa|one[-_ ]?time|verification|verify|security|confirmation|activation|recovery|backup|login|sms|auth"
    r"|authentication)[_ -]?(?:code|pin|password)s?\b|\b[th]?otp\b|_otp\b|驗證碼|认证码|验证码"
)
_SUFFIX: Final = (
    r"(?:s|[_-]?\d{1,2}|[_-]?(?:hash(?:ed)?|value|digest|plain(?:text)?|confirm(?:ation|ed)?|again|repeat(?:ed)?|b64|base64|text"
    r"|string|encrypted|raw|data|current|new|old|input|field|param|arg|env))?"
)
_NAMES: Final = rf"(?:{_PASSWORDS}|{_KEYS}|{_HEADER}|{_RANDOM}|{_QUERY}|{_DIGITS}|{_CODE})"
_QUOTE: Final = r"(?:\\*[\"'`]|%(?:25){0,2}2[27]|%5C%22|&quot;|&#3[49];|&apos;|\\u0022)"
_CLOSE: Final = rf"(?:{_QUOTE}|\]|%5D|\))?(?:{_QUOTE}|\])?"
_SPACE: Final = r"(?:[ \t\x{A0}\x{3000}]|%20)"
_EQUALS: Final = (
    rf"(?:{_SPACE}*:{_SPACE}*&?(?:str|string|text|bytes){_SPACE}*=|{_SPACE}*:{_SPACE}+[&!][\w!]+{_SPACE}"
    r"|\s{0,4}(?:=>\s*string\(\d+\)|=>|=&gt;|->|:=|={1,3}|!==?|:|：|＝|%(?:25){0,2}3[AD]|=3D|&#61;|\\u003d))"
)
_ASSIGNED: Final = re2.compile(rf"(?i){_NAMES}{_SUFFIX}{_CLOSE}{_EQUALS}{_SPACE}*")
_ANY: Final = re2.compile(rf"(?i){_NAMES}|\bidentified\s")

# A name, and its value in an attribute, a sibling or an element of their own: k8s, .NET, plist, multipart.
_BESIDE: Final = re2.compile(
    rf"(?i){_NAMES}{_SUFFIX}(?:"
    rf"{_QUOTE}?(?:\s*,\s*|\s+){_QUOTE}?(?:value|val|string|content){_QUOTE}?\s*[:=]\s*"
    r"|[\"'](?:;[^\r\n]*)?(?:\r?\n[A-Za-z-]{1,40}:[^\r\n]*){0,4}\r?\n\r?\n"
    r"|\\*[\"'](?:;[^\r\n\\]*)?(?:\\r)?\\n(?:[A-Za-z-]{1,40}:[^\r\n\\]*(?:\\r)?\\n){0,4}(?:\\r)?\\n"
    rf"|(?:\s+for\s+[^\s=]+\s*=|\s+(?:=|to))?{_SPACE}+(?:(?:[en]|u&)?{_QUOTE}|\$\w*\$)"  # ALTER ROLE x PASSWORD 'y'
    rf"|\({_SPACE}*{_QUOTE}"  # PASSWORD('y')
    r")"
)
_IDENTIFIED: Final = re2.compile(rf"(?i)\bidentified\s+(?:with\s+\S{{1,60}}\s+)?(?:by|as)\s+(?:password\s+)?{_QUOTE}")
_ELEMENT: Final = re2.compile(
    rf"(?i)(?:<|&lt;)(?:[\w.-]+:)?[\w.-]*{_NAMES}{_SUFFIX}(?:\s[^<>]*)?(?:[^/<>]>|>|&gt;)"
    rf"|(?:key|name|id|field|property)=[\"'][\w.:-]*{_NAMES}{_SUFFIX}[\"'][^<>]*>"
    rf"|(?:>|&gt;)[\w.:-]*{_NAMES}{_SUFFIX}(?:</|&lt;/)[\w:]+(?:>|&gt;)\s*(?:<|&lt;)[\w:]+(?:>|&gt;)"
)
_NESTED: Final = re2.compile(r"(?:\s*(?:<|&lt;)(?:!\[CDATA\[|[\w][^<>]*?(?:>|&gt;))){0,3}\s*")
_ELEMENT_END: Final = re2.compile(r"<|&lt;|\]\]>|\z")
_PAIR: Final = re2.compile(rf"(?i){_QUOTE}(--?)?[\w.-]*{_NAMES}{_SUFFIX}{_QUOTE}\s*,\s*b?(?:\\*[\"'`])")
_OPTION: Final = re2.compile(rf"(?i)(?:^|[^\w-])--?[\w.-]*{_NAMES}{_SUFFIX}\s+")
_COMMANDS: Final = re2.compile(
    r"\b(?:curl|https?|wget|svn|lftp|smbclient|xh)\b[^\r\n]*?\s(?:-u|--user|--proxy-user|-U|-a|--auth)(?:\s*|=)(?:\\*[\"'])?[^\s:%\"'\\]*[:%]"
    r"|\bmy(?:sql|sqldump|sqladmin|sqlcheck|sqlimport|cli)\b[^\r\n]*?\s-p"
    r"|\b(?:sshpass|docker\s+login|helm\s+registry\s+login|podman\s+login|ldapsearch|az\s+login)\b[^\r\n]*?\s-[pw]\s*"
    r"|\bredis-cli\b[^\r\n]*?\s-a\s+"
    r"|\s-pass(?:in|out)?\s+pass:"
)
_SPOKEN: Final = re2.compile(
    rf"(?i)(?:{_PASSWORDS}|\bpin\b|\botp\b|token|金鑰|驗證碼|secret)"
    rf"(?:{_SPACE}*(?:是|為|为|爲)[:： ]*|\s+(?:is|was|=|set to|changed to)[:]?\s+(?:now\s+)?)"
)

NEEDED: Final = (_ANY.pattern, _COMMANDS.pattern)
"""One of these matches in every text that this module changes."""

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
_OPENING: Final = re2.compile(rf"[bBrRuUfF@]?{_QUOTE}")
_TRAILING_QUOTE: Final = re2.compile(rf"{_QUOTE}\z")
_WRAPPED: Final = re2.compile(r"[A-Za-z_][\w.:<>]{0,60}[(\[{]")
_BRACKETS: Final = re2.compile(r"[\[\](){}\"'\r\n]")
_NO_SECRETS: Final = re2.compile(
    r"(?i)[\[{(](?:\s|,|\\?[\"']?[\w.-]+\\?[\"']?\s*[:=]\s*|-?\d[\d.]*\b|true\b|false\b|null\b|none\b|\[(?:secret|token)\]|[\[\]{}()])*"
)
_LINE_END: Final = re2.compile(r"[ \t]*(?:[|>][+-]?\d?[ \t]*)?(?:#[^\r\n]*)?\r?\n")
_ESCAPED_BLOCK: Final = re2.compile(r"[|>][+-]?\d?(?:\\r)?((?:\\n(?: |\\t)+[^\\\"\r\n]+)+)")
_ONE_WORD: Final = re2.compile(r"(?:- )?(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s:]+:?\S*)[ \t]*|- .*|[\w.-]+: .*")

_NOT_A_VALUE: Final = re2.compile(
    r"(?i)(?:true|false|null|none|nil|undefined|unset|n/?a|ok|yes|no|on|off|nan|\*+|•+|\.{3}|…|\?+|x{3,}|-+|_+"
    r"|\[(?:secret|token|password|password hash|private key|e-mail|card number|phone|national id|redacted|filtered|masked"
    r"|hidden|removed|omitted"
    r"|scrubbed|sanitized|protected|object object|object|array|none|null|empty)\]"
    r"|<(?:[a-z _-]*(?:"
    r"redacted|secret|password|token|key|masked|hidden|removed|omitted|filtered|value|null|none|nil|empty|unset)[a-z _-]*)>"
    r"|\(?(?:redacted|filtered|masked|hidden|removed|omitted|censored|sensitive|empty|secret)\)?"
    r"|(?-i:\$[A-Z_][A-Z0-9_]*)|\$\w*(?:pass|pwd|secret|token|key)\w*|\$\{\{?[ ]?\w[\w.]*[ ]?\}?\}"
    r"|\{\{.*\}\}|%[sdvq]|%\(\w+\)s|\$\d+|:\w+|\?"
    r"|/(?:var|run|etc|home|opt|tmp|usr|srv|mnt|root|dev|proc|app|data|secrets|vault|path)/[\w./-]*)"
)
_PROSE: Final = re2.compile(
    r"(?i)(?:(?:must|required|invalid|incorrect|wrong|missing|expired|mismatch(?:ed)?|"
    r"cannot|failed|rejected|denied|revoked|accepted|changed"
    r"|updated|empty|blank|unexpected|malformed|unknown|unauthorized|unauthenticated|forbidden|can't|can\x{2019}t|valid|verified|validated"
    r"|success(?:ful|fully)?|generated|issued|refreshed|unsupported|disabled|enabled|closed|expires|unavailable|include|omit|same-origin)"
    r"(?:[\s,.;:!)\]}\"'&]|\z)"
    r"|(?:should|too|has|was|were|is|are|does|do|did|not|no|will|failure|authentication|authorization|error|permission|needs?|at|contains?|length"
    r"|field|sent|created|stored|loaded|unable|could|opened|active|inactive|started|stopped|ended|used|exceeded|exhausted|limit|bucket|lifetime"
    r"|please|enter|policy|minimum|maximum|requires?|signature|user|client|request|operation|connection|context|deadline|timeout|timed|reset"
    r"|rate|cannot|missing)[ ,:]+[A-Za-z'\"0-9(\[])"
)
_COUNTED_NAME: Final = (
    b"max",
    b"min",
    b"num",
    b"total",
    b"count",
    b"used",
    b"limit",
    b"per",
    b"n",
    b"prompt",
    b"completion",
    b"input",
    b"output",
)
_WINDOW: Final = 16_384
_MOST_BRACKETS: Final = 1_000
_BUDGET: Final = 50_000


@dataclass
class Budget:
    """How many brackets and quotes may still be looked at in this text."""

    left: int = field(default=_BUDGET)


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands, its words, and what takes its place."""

    start: int
    stop: int
    words: bytes
    instead: bytes = SECRET


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
    budget = Budget()
    lower = data.lower()
    if b"<" in lower or b"&lt;" in lower:
        data = _elements(data)
    if b"identified" in lower:
        data = _replace(data, _IDENTIFIED, lambda _, at: _after_quote(data, at, budget))
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


_SIGNS: Final = b"=:<'\"`-%&(|$"
_SPOKEN_SIGNS: Final = (b" is ", b" was ", b" = ", b" to ", *(sign.encode() for sign in "是為为爲"))


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
    kind, head = _kind(name), data[at : at + 1]
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
        return _block(data, start, at, line.end(), kind, budget)
    if head == b"|" and (escaped := _ESCAPED_BLOCK.match(data, at)):
        return Value(at, escaped.end(), escaped[0])
    if kind == "header":
        return _header(data, start, at, sign, budget)
    if kind == "password" and (value := _in_connection_string(data, start, at, sign)):
        return value
    value = _scalar(data, start, at, kind, budget, encoded=sign.endswith((b"%3d", b"%3a", b"=3d")))
    if value and value.instead != SECRET:
        return value
    return value if value and _is_secret(data, start, name, kind, value) else None


_DONE: Final = (b"[secret]", b"[token]", b"[password]", b"[private key]", b"[password hash]")


def _is_done(data: bytes, start: int) -> bool:
    """Whether `[secret]` is a value that was redacted, and not the name in PHP's `[secret] => x`."""
    before = data[max(0, start - 4) : start - 1].rstrip(b" ")
    return before.endswith((b"=", b":", b'"', b"'", b">", b"@", b",", b"}", b"]"))


@lru_cache(maxsize=1024)
def _kind(name: bytes) -> Kind:
    """What the name says of its value; the name is one that `_NAMES` has found."""
    if b"cookie" in name or b"authorization" in name:
        return "header"
    if name[0] in b"?&;":
        return "random"
    if b"pass" in name or b"pwd" in name or b"pw" in name or any(word in name for word in _PASSWORDS_ABROAD):
        return "password"
    if any(word in name for word in _DIGIT_WORDS) and b"otp" not in name:
        return "digits"
    if any(word in name for word in _CODE_WORDS) and b"key" not in name and b"token" not in name:
        return "code"
    if any(word in name for word in (b"token", b"secret", b"key", b"cred", b"csrf", b"xsrf", b"_auth", b"x-")):
        return "token"
    if name.startswith(b"sess") and b"id" in name:
        return "token"
    return "random" if any(word in name for word in (b"sess", b"auth", b"sid", b"nonce", b"jwt")) else "token"


_PASSWORDS_ABROAD: Final = tuple(
    word.encode() for word in ("密碼", "密码", "通行碼", "口令", "contrase", "kennwort", "mot de", "mot_de")
)
_DIGIT_WORDS: Final = (b"pin", b"cvv", b"cvc", b"csc", b"card", "安全碼".encode(), "末三碼".encode())
_CODE_WORDS: Final = (b"otp", b"mfa", b"2fa", b"code", b"one", "驗證碼".encode(), "认证码".encode(), "验证码".encode())


def _is_no_name(data: bytes, start: int) -> bool:
    """The end of a path (`/etc/passwd: permission denied`), or what a parser did not expect (`unexpected token: x`)."""
    before = data[max(0, start - 64) : start]
    if before.lower().endswith((b"unexpected ", b" expected ", b"illegal ")):
        return True
    _, slash, part = before.rpartition(b"/")
    return bool(slash) and (not part or part.translate(None, b"_.-").isalnum())


def _is_secret(data: bytes, start: int, name: bytes, kind: Kind, value: Value) -> bool:
    """Whether a value is one, and not a count, a state, a placeholder or the beginning of a sentence."""
    words = value.words.strip()
    if not words:
        return False
    first = words[:1]
    if not first.isdigit() and (_NOT_A_VALUE.fullmatch(words) or (first.isalpha() and _PROSE.match(data, value.start))):
        return False
    if kind == "random":
        return _looks_random(words, short=name[0] in b"?&;")
    if kind == "digits":
        return words.isdigit() and (4 if b"pin" in name else 3) <= len(words) <= 12
    if kind == "code":
        return 4 <= len(words) <= 64 and any(48 <= byte <= 57 for byte in words)
    number = words.translate(None, b".,_").isdigit()
    if not number:
        return True
    before = data[max(0, start - 24) : start].lower()
    if kind == "password":
        return len(words) > 1 and not (before.endswith(_DOINGS) and len(words) <= 3)
    plural = b"tokens" in name or b"credentials" in name or b"secrets" in name or b"keys" in name
    counted = before.endswith(_COUNTS)
    return not plural and not counted and len(words) > (6 if b"sess" in name else 3)


_DOINGS: Final = (b"reset-", b"reset_", b"forgot-", b"forgot_", b"change-", b"change_")
_COUNTS: Final = (*(word + sign for word in _COUNTED_NAME for sign in (b"_", b"-", b".", b"")), b"of_")


def _looks_random(words: bytes, *, short: bool) -> bool:
    """Letters and digits mixed as no word has them. In a query (`?code=`), a short one is enough."""
    digits = any(48 <= byte <= 57 for byte in words)
    if short:
        return len(words) >= (4 if digits else 8)
    if len(words) < 8 or _DATE.match(words) or (words.isdigit() and len(words) < 12):
        return False
    mixed = words.lower() != words and words.upper() != words
    return mixed or len(words) >= 24 or (digits and (len(words) >= 16 or b"-" not in words))


_DATE: Final = re2.compile(r"\d{4}-\d\d-\d\d|\d+(?:\.\d+)*(?:ms|s|m|h)?\z")


def _scalar(data: bytes, start: int, at: int, kind: Kind, budget: Budget, *, encoded: bool = False) -> Value | None:
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
    wrapped = _WRAPPED.match(data, at) if head.isalpha() else None
    if wrapped and (value := _structure(data, start, at, wrapped.end() - 1, kind, budget, strict=True)):
        return value
    end = (_ENCODED if encoded else _PLAIN).search(data, at)
    stop = end.start() if end else at
    return Value(at, stop, data[at:stop]) if stop > at else None


def _quoted(data: bytes, at: int, begin: int, budget: Budget) -> Value | None:
    """Up to the same quote, escaped as often (`\\"` in JSON within JSON); one without an end, to the end of the line."""
    mark = data[at:begin].lstrip(b"bBrRuUfF@")
    limit = begin + _WINDOW
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
    stop = _TO_END_OF_LINE.match(data, begin).end()
    return Value(begin, stop, data[begin:stop])


_TO_END_OF_LINE: Final = re2.compile(r"[^\r\n]*")
_TO_QUOTE: Final = re2.compile(r"(?:[^\r\n\"\\]|\\[^\r\n])*")


def _structure(
    data: bytes, start: int, at: int, bracket: int, kind: Kind, budget: Budget, *, strict: bool = False
) -> Value | None:
    """An object, array or call under a secret name goes as a whole, unless it holds only counts.

    One without an end goes to the end of the line, with the lines below that are indented further.
    """
    if kind in ("random", "digits", "code"):
        return None
    if (word := _PLACEHOLDER.match(data, bracket)) and _NOT_A_VALUE.fullmatch(word[0]):
        return None
    sign = _QUOTE_OF_NAME.search(data[start:at])
    quote = sign[1] if sign else b""
    stop = _end_of_brackets(data, bracket, budget)
    if stop is None:
        if strict:
            return None
        rest = _TO_QUOTE if quote != b'"' else _TO_END_OF_LINE
        stop = rest.match(data, at).end()
        stop = _indented(data, _lead(data, start)[0], stop) if quote == b'"' or not quote else stop
        return Value(at, stop, data[at:stop], quote + SECRET + quote)
    inside = data[bracket:stop]
    if _NO_SECRETS.fullmatch(inside) and not (kind == "password" and _LONG_NUMBER.search(inside)):
        return None
    return Value(at, stop, inside, quote + SECRET + quote)


_PLACEHOLDER: Final = re2.compile(
    r"<[\w -]{1,20}>|\$\{\{?[ ]?\w[\w.]{0,60}[ ]?\}?\}|\[[\w -]{1,20}\]|\([\w -]{1,20}\)|\{\{[^{}\r\n]{0,64}\}\}"
)
_QUOTE_OF_NAME: Final = re2.compile(r"(\\*[\"'])[^\"']*$")
_LONG_NUMBER: Final = re2.compile(r"\d{4}")


def _end_of_brackets(data: bytes, at: int, budget: Budget) -> int | None:
    """Behind the bracket that closes the one at `at`; brackets within quotes do not count."""
    depth, quote = 0, b""
    for tokens, token in enumerate(_BRACKETS.finditer(data, at, at + _WINDOW)):
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


def _block(data: bytes, start: int, at: int, below: int, kind: Kind, budget: Budget) -> Value | None:
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
        value = _scalar(data, start, begin, kind, budget)
        return value if value and (value.instead != SECRET or _is_secret(data, start, name, kind, value)) else None
    if not _ONE_WORD.fullmatch(content) or ((listed or b": " in content) and not leading):
        return None
    words = content[2:] if listed else content
    if not _is_secret(data, start, name, kind, Value(end - len(words), end, words)):
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


_MOST_ITEMS: Final = 1_000


def _header(data: bytes, start: int, at: int, sign: bytes, budget: Budget) -> Value | None:
    """`Authorization` and `Cookie`: two words of a scheme, or the rest of the line."""
    head = data[at : at + 1]
    if head in b"\"'`\\%&bu[{(" and head:
        value = _scalar(data, start, at, "token", budget)
        if value and (head not in (b"b", b"u") or value.start > at):
            return value if value.instead != SECRET or _is_secret(data, start, sign, "token", value) else None
    if _PROSE.match(data, at) or ((word := _PLACEHOLDER.match(data, at)) and _NOT_A_VALUE.fullmatch(word[0])):
        return None
    if scheme := _SCHEME.match(data, at):
        bare = _PLAIN.search(data, scheme.end())
        if bare and bare.start() > scheme.end():
            return Value(at, bare.start(), data[at : bare.start()])
    if sign.endswith(b"=") and b"cookie" not in sign:
        value = _scalar(data, start, at, "token", budget)
        return value if value and _is_secret(data, start, sign, "token", value) else None
    rest = _REST_OF_LINE.match(data, at)
    words = rest[0].rstrip() if rest else b""
    if b"cookie" in sign and b"=" not in words and b" " in words:
        return None
    value = Value(at, at + len(words), words)
    return value if _is_secret(data, start, sign, "token", value) else None


def _in_connection_string(data: bytes, start: int, at: int, sign: bytes) -> Value | None:
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
        rest = _TO_END_OF_LINE.match(data[at : at + 202])[0]  # a long line is none, and is not read for each name in it
        if lead.strip(b" -").translate(None, b"_.").isalnum() is False and lead.strip(b" -"):
            return None
        if b"=" in rest or b":" in rest or b'"' in rest or b" " not in rest or _PROSE.match(rest) or len(rest) > 200:
            return None
        stop = at + len(rest.partition(b" #")[0].rstrip())
    else:
        return None
    words = data[at:stop]
    return Value(at, stop, words) if words and not _NOT_A_VALUE.fullmatch(words) else None


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
        kind = _kind(name)
        return value if _is_secret(data, start, name, "token" if kind == "header" else kind, value) else None

    return _replace(data, _ELEMENT, content)


def _beside(data: bytes, budget: Budget) -> bytes:
    """Values in a field of their own, parts of a form, and SQL."""

    def value(start: int, at: int) -> Value | None:
        name = data[start:at].lower()
        kind = _kind(name)
        found: Value | None
        if name.endswith(b"\n"):
            stop = _TO_END_OF_LINE.match(data, at).end()
            found = Value(at, stop, data[at:stop])
        elif name.endswith(b"\\n"):
            stop = _TO_BACKSLASH.match(data, at).end()
            found = Value(at, stop, data[at:stop])
        elif name.endswith(b"$"):
            stop = data.find(b"$", at, at + _WINDOW)
            found = Value(at, stop, data[at:stop]) if stop != -1 else None
        elif _TRAILING_QUOTE.search(data[max(0, at - 12) : at]):
            if kind in ("random", "header") or (kind == "token" and b"(" not in name):
                return None  # "the token 'x'" is prose
            found = _after_quote(data, at, budget)
        else:
            found = _scalar(data, start, at, kind, budget)
        kind = "token" if kind == "header" else kind
        return found if found and _is_secret(data, start, name, kind, found) else None

    return _replace(data, _BESIDE, value)


_TO_BACKSLASH: Final = re2.compile(r"[^\r\n\\\"]*")


def _after_quote(data: bytes, at: int, budget: Budget) -> Value | None:
    """The value in the quotes that end at `at`."""
    head = data[max(0, at - 12) : at]
    quote = _TRAILING_QUOTE.search(head)
    value = _quoted(data, at - len(head) + quote.start(), at, budget) if quote else None
    return value if value and value.words and not _NOT_A_VALUE.fullmatch(value.words) else None


def _pairs(data: bytes, budget: Budget) -> bytes:
    """Headers as lists and tuples: `["authorization", "…"]`, `(b'cookie', b'…')`; options in argument lists."""

    def value(start: int, at: int) -> Value | None:
        name = data[start:at].lower().lstrip(b"\\\"'`")
        kind = _kind(name)
        found = _after_quote(data, at, budget)
        if not found or kind in ("random", "digits", "code"):
            return None
        closed = _CLOSING.match(data, found.stop)
        alone = data[max(0, start - 2) : start].rstrip(b" bB")[-1:] in (b"[", b"(") and closed
        named = kind in ("header", "token") or name.startswith(b"-")
        found = found if alone or named else None
        return found if found and _is_secret(data, start, name, "token" if kind == "header" else kind, found) else None

    return _replace(data, _PAIR, value)


_CLOSING: Final = re2.compile(r"\\*[\"'`]\s*[\])]")


def _options(data: bytes, budget: Budget) -> bytes:
    """Options of commands: `--password x`, `curl -u user:x`, `mysql -px`."""

    def value(start: int, at: int) -> Value | None:
        name = data[start:at].lower().lstrip()
        kind = _kind(name.lstrip(b"-"))
        if data[at : at + 1] in (b"-", b"=", b"") or kind in ("random", "digits", "code"):
            return None
        found = _scalar(data, start, at, "token", budget)
        return found if found and _is_secret(data, start, name, "token" if kind == "header" else kind, found) else None

    return _replace(data, _OPTION, value)


def redact_commands(data: bytes) -> bytes:
    """Passwords that commands take without a name: `curl -u user:x`, `mysql -px`, `redis-cli -a x`."""
    if b" -" not in data and b"\t-" not in data:
        return data
    budget = Budget()

    def value(start: int, at: int) -> Value | None:
        head = data[max(start, at - 80) : at]
        quote = next((sign for sign in (b"'", b'"') if head.rpartition(b" ")[2].startswith(sign)), b"")
        if quote and (stop := data.find(quote, at, at + _WINDOW)) != -1:
            found: Value | None = Value(at, stop, data[at:stop])
        else:
            found = _scalar(data, at, at, "token", budget)
        if not found or found.words.startswith(b"-") or _NOT_A_VALUE.fullmatch(found.words):
            return None
        return None if head.endswith(b":") and found.words.startswith(b"//") else found

    return _replace(data, _COMMANDS, value)


def _spoken(data: bytes) -> bytes:
    """`the password is x`, `密碼是 x`: only what looks like one, for most such sentences go on otherwise."""

    def value(start: int, at: int) -> Value | None:
        bare = (_SPOKEN_ABROAD if data[at - 1] > 127 or data[start] > 127 else _SPOKEN_VALUE).match(data, at)
        if not bare:
            return None
        found = Value(bare.start(1), bare.end(1), bare[1])
        digits = any(48 <= byte <= 57 for byte in found.words)
        signs = any(33 <= byte < 127 and not chr(byte).isalnum() for byte in found.words[:-1])
        sure = data[start] > 127 or digits or signs or data[at : at + 1] in (b'"', b"'")
        known = _NOT_A_VALUE.fullmatch(found.words) or _PROSE.match(data, found.start) or len(found.words) < 4
        return found if sure and not known else None

    return _replace(data, _SPOKEN, value)


_SPOKEN_VALUE: Final = re2.compile(r"[\"'`]?([^\s\"'`,;]+)")
_SPOKEN_ABROAD: Final = re2.compile(r"[ \"'`「]?([!-~]+)")


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


_NAME_ALONE: Final = re2.compile(rf"(?i){_NAMES}{_SUFFIX}\z")
