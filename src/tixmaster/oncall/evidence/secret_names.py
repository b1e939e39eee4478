"""Names of secrets, and whether a value behind such a name is one.

`NAMES` is what a secret is called, `kind_of` how much its value must look like one, and `is_secret` judges the value. `PROSE`
is the word list that tells prose (`token has expired`) from a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import re2

Kind = Literal["password", "token", "random", "digits", "code", "header"]
"""How much a value must look like a secret: `password`: anything; `token`: no count; `random`: letters and digits mixed;
`digits`: a number of 3 to 12 digits; `code`: with a digit in it; `header`: the rest of the line."""
SECRET: Final = b"[secret]"
PASSWORDS: Final = (
    r"passw(?:or)?d|pass-?phrase|pass[_-]?code|pwd|\bpw\b|_pw\b|_pass\b|\b(?:require|become)pass\b|\bmasterauth\b"
    r"|(?:db|database|user|smtp|imap|mail|mysql|pg|postgres|redis|admin|root|key|ssh|ftp|proxy|http|login|store|bind|my)[_-]?pass\b"
    r"|密碼|密码|通行碼|口令|mot[_ ]de[_ ]passe|contrase[nñ]a|passwort|kennwort"
)
_KEYS: Final = (
    r"secret(?:[_-]?(?:id|key)(?:[_-]?base)?)?|token|api[_ -]?key"
    r"|(?:access|private|encryption|signing|signature|account|master|auth|service|license|storage|session|subscription"
    r"|integration|webhook|client|ssh|hmac|aes|jwt|db|database|priv|consumer|shared|deploy|app|application|admin|write|ingest"
    r"|stripe|functions|host|root|crypt|crypto|cipher|decryption|dkim|tls|ssl|rsa|gpg|pgp|wallet|bot)[_.-]?key"
    r"|credential|\bcreds\b|_creds\b|csrf|xsrf|sess(?:ion)?[_.-]?id|x-amz-(?:signature|credential)|x-goog-(?:signature|credential)"
    r"|_auth\b|金鑰|密鑰|密钥|權杖|憑證"
)
_HEADER: Final = r"cookie|authorization"
_RANDOM: Final = (
    r"\bpass\b|\bhash[_-]?(?:key|iv)\b|\brouting[_.-]?key\b"
    r"|\bsession|_session|-session|\.session|\bsess\b|\bauth\b|\b(?:connect\.)?sid\b|[_.-]sid\b|\bnonce\b|\bjwt\b"
)
_QUERY: Final = r"[?&;](?:amp;)?(?:sig|signature|code|key|hmac|ticket|magic|invite|otp|state|hash|h)\b"
_DIGITS: Final = r"\bpin(?:[_ -]?code)?\b|_pin\b|\bcv[vc]2?\b|\bcsc\b|_cv[vc]2?\b|card[_ -]?code|安全碼|末三碼"
_CODE: Final = (
    r"\b(?:[th]?otp|mfa|2fa|one[-_ ]?time|verification|verify|security|confirmation|activation|recovery|backup|login|sms|auth"
    r"|authentication)[_ -]?(?:code|pin|password)s?\b|\b[th]?otp\b|_otp\b|驗證碼|认证码|验证码"
)
SUFFIX: Final = (
    r"(?:s|[_-]?\d{1,2}|[_-]?(?:hash(?:ed)?|value|digest|plain(?:text)?|confirm(?:ation|ed)?|again|repeat(?:ed)?|b64|base64|text"
    r"|string|encrypted|raw|data|current|new|old|input|field|param|arg|env))?"
)
NAMES: Final = rf"(?:{PASSWORDS}|{_KEYS}|{_HEADER}|{_RANDOM}|{_QUERY}|{_DIGITS}|{_CODE})"
QUOTE: Final = r"(?:\\*[\"'`]|%(?:25){0,2}2[27]|%5C%22|&quot;|&#3[49];|&apos;|\\u0022)"
SPACE: Final = r"(?:[ \t\x{A0}\x{3000}]|%20)"
NOT_A_VALUE: Final = re2.compile(
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
"""What stands in place of a value: states, placeholders, what was redacted before, and names of variables and files."""
PROSE: Final = re2.compile(
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
"""How a sentence goes on behind a name: `token has expired`, `password: must be changed`. What begins so is no secret."""
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
_PASSWORDS_ABROAD: Final = tuple(
    word.encode() for word in ("密碼", "密码", "通行碼", "口令", "contrase", "kennwort", "mot de", "mot_de")
)
_PASS_ALONE: Final = re2.compile(r"pass(?:[^\w-]|\z)")
"""`pass: 'x1'` of a mail client's options, and `pass: 12` of a test report."""
_DIGIT_WORDS: Final = (b"pin", b"cvv", b"cvc", b"csc", b"card", "安全碼".encode(), "末三碼".encode())
_CODE_WORDS: Final = (b"otp", b"mfa", b"2fa", b"code", b"one", "驗證碼".encode(), "认证码".encode(), "验证码".encode())
_DOINGS: Final = (b"reset-", b"reset_", b"forgot-", b"forgot_", b"change-", b"change_")
_COUNTS: Final = (*(word + sign for word in _COUNTED_NAME for sign in (b"_", b"-", b".", b"")), b"of_")
_DATE: Final = re2.compile(r"\d{4}-\d\d-\d\d|\d+(?:\.\d+)*(?:ms|s|m|h)?\z")


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands, its words, and what takes its place."""

    start: int
    stop: int
    words: bytes
    instead: bytes = SECRET


@lru_cache(maxsize=1024)
def kind_of(name: bytes) -> Kind:
    """What the name says of its value; the name is one that `NAMES` has found."""
    if b"cookie" in name or b"authorization" in name:
        return "header"
    if name[0] in b"?&;":
        return "random"
    if name.startswith((b"hash", b"routing")) or _PASS_ALONE.match(name):
        return "random"
    if any(word in name for word in (b"pass", b"masterauth", b"pw", *_PASSWORDS_ABROAD)):
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


def is_secret(data: bytes, start: int, name: bytes, kind: Kind, value: Value) -> bool:
    """Whether a value is one, and not a count, a state, a placeholder or the beginning of a sentence."""
    words = value.words.strip()
    if not words:
        return False
    first = words[:1]
    # Letters mixed with digits are in neither list; that is quicker to see than two searches with RE2.
    mixed = words.isalnum() and not words.isalpha()
    if not (first.isdigit() or mixed) and (
        NOT_A_VALUE.fullmatch(words) or (first.isalpha() and PROSE.match(data, value.start))
    ):
        return False
    if kind == "random" and data[value.start - 1 : value.start] in (b'"', b"'") and _PASS_ALONE.match(name):
        return len(words) >= 6 and not words.isalpha() and any(byte > 57 for byte in words)
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


def _looks_random(words: bytes, *, short: bool) -> bool:
    """Letters and digits mixed as no word has them. In a query (`?code=`), a short one is enough."""
    digits = any(48 <= byte <= 57 for byte in words)
    if short:
        return len(words) >= (4 if digits else 8)
    if len(words) < 8 or _DATE.match(words) or (words.isdigit() and len(words) < 12):
        return False
    mixed = words.lower() != words and words.upper() != words
    return mixed or len(words) >= 24 or (digits and (len(words) >= 16 or b"-" not in words))
