"""Secrets that are recognized by their form: keys, tokens, password hashes, and the secret part of URLs.

The prefixes and lengths are facts of the issuers' documentation; the rule sets of gitleaks and detect-secrets served as a
checklist. Everything works on UTF-8 bytes with RE2, so the time is linear in the length of the text whatever it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import re2

_TOKENS: Final = re2.compile(
    r"\b(?:"
    + "|".join(
        (
            r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*){0,3}",  # JWT, JWE
            r"eyJ[\w+/-]{20,}={0,2}",  # the head of one that was cut, and JSON in Base64
            r"gh[pousr]_[A-Za-z0-9]{20,}",
            r"github_pat_\w{20,}",
            r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt|ssf)-[\w.-]{16,}",
            r"gloas-[\w-]{20,}",
            r"GR1348941[\w-]{20,}",
            r"(?:AKIA|ASIA|AROA|ABIA|ACCA|A3T[A-Z0-9])[0-9A-Z]{16}\b",
            r"ABSK[A-Za-z0-9+/]{20,}={0,2}",
            r"LTAI[A-Za-z0-9]{16,}",
            r"xox[abceoprs](?:\.xox[bp])?-[\w-]{8,}",
            r"xapp-[\w-]{8,}",
            r"[spr]k_(?:live|test|prod)_[A-Za-z0-9]{8,}",
            r"whsec_[\w+/=]{8,}",
            r"sk-[\w-]{20,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek
            r"(?:gsk|hf|r8|fw)_[A-Za-z0-9]{20,}",
            r"api_org_[A-Za-z0-9]{20,}",
            r"(?:xai|pplx|nvapi|tvly|csk|ntn|dckr_pat|dckr_oat|lsv2_[a-z]{2})[-_][\w-]{20,}",
            r"AIza[\w-]{35}",
            r"AAAA[\w-]{5,10}:APA91[\w-]{60,}",
            r"GOCSPX-[\w-]{20,}",
            r"ya29\.[\w-]{20,}",
            r"1//0[\w-]{20,}",
            r"npm_[A-Za-z0-9]{20,}",
            r"pypi-[A-Za-z0-9][\w-]{20,}",
            r"rubygems_[0-9a-f]{20,}",
            r"oy2[a-z0-9]{43}\b",
            r"cio[A-Za-z0-9]{32}\b",
            r"(?i:clojars)_[A-Za-z0-9]{20,}",
            r"SG\.[\w=-]{10,}\.[\w=-]{20,}",
            r"x(?:keysib|smtpsib)-[0-9a-f]{20,}-\w{8,}",
            r"(?:pub)?key-[0-9a-f]{32}\b",
            r"[0-9a-f]{32}-us\d{1,2}\b",
            r"do[opr]_v1_[0-9a-f]{20,}",
            r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}",
            r"sq0(?:atp|csp|idp)-[\w-]{20,}",
            r"EAAA[\w-]{20,}",
            r"EAA[A-Z][A-Za-z0-9]{20,}",
            r"(?:SK|AC)[0-9a-fA-F]{32}\b",
            r"\d{8,10}:[A-Za-z0-9_-]{35}\b",
            r"[MNO][A-Za-z0-9]{22,27}\.[\w-]{6}\.[\w-]{27,38}",
            r"hv[bsr]\.[\w-]{20,}",
            r"s\.[A-Za-z0-9]{24}\b",
            r"nfp_[A-Za-z0-9]{20,}",
            r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
            r"pul-[0-9a-f]{40}",
            r"lin_(?:api|oauth)_[A-Za-z0-9]{20,}",
            r"secret_[A-Za-z0-9]{20,}",
            r"fig(?:d|o|oh|u)[_-][\w-]{20,}",
            r"gl(?:sa|c)_[\w+/=]{20,}",
            r"NR(?:AK|JS|II|RA|SP|AL)-[A-Za-z0-9-]{19,}",
            r"sntry[su]_[\w+/=]{20,}",
            r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{20,}",
            r"dt0[a-z]\d\d\.[A-Z0-9a-z]{20,}\.[A-Za-z0-9]{20,}",
            r"fo1_[\w-]{20,}|fm[12][ar]?_[A-Za-z0-9+/]{20,}={0,3}",
            r"AGE-SECRET-KEY-1[0-9A-Z]{20,}",
            r"pscale_(?:tkn|pw|oauth)_[\w=.-]{20,}",
            r"(?:rdme|sbp|phx|phc|pnu|vcp|rnd|sgp|duffel_(?:live|test)|shippo_(?:live|test))_[\w=-]{20,}",
            r"sq[paut]_[0-9a-f]{40}",
            r"tfp_[\w=.-]{20,}",
            r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{20,}",
            r"(?:EZ[AT]K)[A-Za-z0-9]{20,}",
            r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
            r"(?:pk|sk)\.[a-zA-Z0-9]{20,}\.[\w-]{20,}",
            r"AT(?:ATT|CTT)3[\w=-]{20,}",
            r"ATBB[A-Za-z0-9]{20,}",
            r"FLW(?:SECK|PUBK)(?:_TEST)?-[\w-]{12,}",
            r"dapi[0-9a-f]{32}(?:-\d)?",
            r"p8e-[A-Za-z0-9]{32}",
            r"A3-[A-Z0-9]{6}(?:-[A-Z0-9]{5,11}){3,6}",
            r"AKC[A-Za-z0-9]{20,}",
            r"cmVmd[A-Za-z0-9]{20,}",
            r"API-[A-Z0-9]{26}\b",
            r"sha256~[\w-]{43}",
            r"sl\.[A-Za-z0-9][\w=-]{20,}",
            r"access-(?:sandbox|development|production)-[0-9a-f-]{36}",
            r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk",
            r"4b1d[A-Za-z0-9]{38}\b",
            r"fio-u-[\w=-]{20,}",
            r"tk-us-[\w-]{20,}",
            r"sm_[aps]at_[A-Za-z0-9]{16}",
            r"dnkey-[\w=-]{20,}",
            r"v1\.0-[0-9a-f]{24}-[0-9a-f]{20,}",
            r"[\w.~]{3}\dQ~[\w.~-]{31,34}",
            r"AQVN[\w-]{20,}",
            r"t1\.[\w-]+={0,2}\.[\w-]{20,}={0,2}",
            r"(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.[\w+/=-]{20,}",
            r"CFPAT-[\w-]{20,}",
            r"BBFF-[A-Za-z0-9]{30}",
            r"HRKU-[\w-]{20,}",
            r"tix_[\w-]{20,}",  # ours, console/accounts/tokens.py
        )
    )
    + r")"
)
_SHORTEST_TOKEN: Final = 13
_HASHES: Final = re2.compile(
    r"\$(?:argon2\w*|pbkdf2[\w-]*|scrypt|bcrypt[\w-]*|sha1|[1567]|5|y|gy|2[abxy]?|P|H|S|apr1)\$[\w$,=+/.-]+"
    r"|\b(?:pbkdf2|scrypt|argon2|bcrypt)(?:_\w+)?[:$][\w:$,=+/.-]*\$[\w$,=+/.-]+"
    r"|\bSCRAM-SHA-(?:1|256)\$\d+:[\w+/=]+(?:\$[\w+/=]+:[\w+/=]+)?"
    r"|\{(?:SSHA|SHA|SMD5|MD5|CRYPT|PBKDF2|ARGON2|bcrypt)\w*(?:-\w+)?\}[\w$,=+/.-]{8,}"
    r"|\bmd5[0-9a-f]{32}\b"
    r"|\*[0-9A-F]{40}\b"
)
_BEARER: Final = re2.compile(
    r"(?i)\b(?:bearer|basic)(?:\s|\+|%20)+((?:[A-Za-z]*[\w.~+/=-]*[\d=+/._~-])?[\w.~+/=-]{1,})"
)
_FIELD: Final = re2.compile(r"[A-Za-z_]+=[^=]")
"""`token_type=bearer expires_in=3600`: a token has `=` at its end only (RFC 6750, 2.1)."""
_KEY_BEGINS: Final = re2.compile(r"-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}|PuTTY-User-Key-File-\d: ")
_KEY_ENDS: Final = re2.compile(r"-{4,5} ?END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}|Private-MAC: *[0-9a-f]+")
_KEY_BODY: Final = re2.compile(r"(?:[\w+/=\s:,.()-]|\\[nrt])*")
"""What a key that was cut can go on with: Base64, line ends (also the escaped ones of JSON), and header lines."""

_PATHS: Final = re2.compile(
    r"(?i)"
    r"(/act/|%2Fact%2F)[\w-]{20,}"  # our approval links, oncall/remedy/links.py
    r"|(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers|commands)/)[\w/-]+"
    r"|((?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/)[\w/-]+"
    r"|(\.webhook\.office\.com/webhookb?\d?/|outlook\.office(?:365)?\.com/webhook/)[\w@/-]+"
    r"|(api\.telegram\.org/(?:file/)?bot)\d+:[\w-]+"
    r"|(hooks\.zapier\.com/hooks/catch/|maker\.ifttt\.com/trigger/\w+/(?:json/)?with/key/|hc-ping\.com/)[\w/-]+"
    r"|((?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/)[\w-]+"
    r"|(api\.softlayer\.com/soap/v[\d.]+/)\w{40,}"
    r"|(://[^/\s\"']+/hooks/)[A-Za-z0-9]{15,}(?:/[A-Za-z0-9]{20,})?"  # Mattermost, Rocket.Chat
    r"|(\b(?:tgrams?|slack|discord|msteams|workflows|mmosts?|rockets?|line|feishu|lark|dingtalk|wecombot|pover|pbul|ntfys?"
    r"|ifttt|opsgenie|pagerduty|join|simplepush|gchat|matrixs?|splunk|victorops|webexteams)://)[^\s\"'`<>\\]+"
    r"|(/[\w-]*(?:reset|recover|verify|verification|confirm|activate|activation|invite|invitation|magic|unsubscribe)"
    r"[\w-]*/)[\w.~=-]{20,}"
)
_USER_INFO: Final = re2.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^:/?#\s@\"'`<>]*:")
_ENCODED_USER_INFO: Final = re2.compile(r"(?i)%3A(?:%2F|/){2}[\w.~%-]*?(?:%3A|:)([^\s\"'&]+?)(?:%40|@)[\w.\[-]")
_USER_ONLY: Final = re2.compile(r"(?i)\b(?:https?|git|wss?)://([\w.~%+-]{20,})@")
_DRIVER_DSN: Final = re2.compile(
    r"\b[\w.%+-]+:([^\s\"'`/]+)@(?:tcp6?|unix|cloudsql\w*)\(|\bjdbc:oracle:\w+:[^\s/@\"']+/([^\s@\"']+)@"
)
_PORT: Final = re2.compile(r"\d{1,5}(?:[/?#\s\"'`<>,;)\]}\\]|$)")
_HOST: Final = re2.compile(
    r"(?:[\w-]+(?:\.[\w-]+)+|localhost|\[[0-9A-Fa-f:.]+\]|[\w.-]+:\d{1,5})(?:[:/?#\s\"'`<>,;)\]}\\]|$)"
)
_END_OF_URL: Final = re2.compile(r"[\s\"`<>]|'(?:[\s,;:)\]}]|$)|\\[\"'nrt]|[)\]}]+(?:[\s,;.]|$)|，|。|；|）|」|$")


NEEDED: Final = (_TOKENS.pattern, _HASHES.pattern, _PATHS.pattern, r"BEGIN|PuTTY|(?i:bearer|basic)|@|%40")
"""One of these matches in every text that this module changes. Passwords of URLs stand before an `@`."""

_MOST_MARKS: Final = 16
"""So many `@` in a password are looked at one by one."""


def redact_keys(data: bytes) -> bytes:
    """PEM, OpenSSH, PGP and PuTTY private keys. One without an end goes as far as it can be a key."""
    if b"BEGIN" not in data and b"PuTTY" not in data:
        return data
    pieces, done, ended = [], 0, False
    while begin := _KEY_BEGINS.search(data, done):
        # Once there is no end behind a key, there is none behind the later ones: not looked for again, or time is quadratic.
        end = None if ended else _KEY_ENDS.search(data, begin.end())
        ended = end is None
        stop = end.end() if end else _KEY_BODY.match(data, begin.end()).end()
        pieces += [data[done : begin.start()], b"[private key]"]
        done = stop
    return b"".join([*pieces, data[done:]]) if pieces else data


def redact_tokens(data: bytes) -> bytes:
    """Tokens and password hashes."""
    if len(data) >= _SHORTEST_TOKEN:
        data = replaced(data, _TOKENS, lambda _: b"[token]")
    if b"$" in data or b"md5" in data or b"*" in data or b"{" in data:
        data = replaced(data, _HASHES, lambda _: b"[password hash]")
    return data


def redact_bearer(data: bytes) -> bytes:
    """`Bearer …` and `Basic …` wherever they stand; prose ("basic authentication") stays."""

    def token(found: bytes) -> bytes:
        scheme, value = found[:6].split()[0], found.split()[-1].rpartition(b"%20")[2]
        if found[6:7] == b"+" or found[5:6] == b"+":
            scheme, _, value = found.partition(b"+")
        if len(value) < 8 or value.isalpha() or _FIELD.match(value):
            return found
        return scheme[: 6 if scheme[:6].lower() == b"bearer" else 5] + b" [token]"

    lower = data.lower()
    return replaced(data, _BEARER, token) if b"bearer" in lower or b"basic" in lower else data


def redact_urls(data: bytes) -> bytes:
    """The passwords of URLs and DSNs, and paths that are the permission: webhooks, approval links, reset links."""
    if b"/" in data or b"%2F" in data:
        data = without_groups(data, _PATHS, b"[token]")
    if b"://" in data:
        data = _passwords(data)
        data = replaced(data, _USER_ONLY, _user_only)
    if b"%" in data and (b"%3A%2F%2F" in data or b"%3a%2f%2f" in data or b"%3A//" in data):
        data = _inner(data, _ENCODED_USER_INFO, b"[secret]")
    if b"@" in data and (b"(" in data or b"oracle" in data):
        data = _inner(data, _DRIVER_DSN, b"[secret]")
    return data


def _passwords(data: bytes) -> bytes:
    """`scheme://user:password@host`. Passwords hold `@` and `/` unencoded more often than they should."""
    pieces, done, stop, last = [], 0, 0, -1
    for found in _USER_INFO.finditer(data):
        start = found.span()[1]
        if (
            start >= stop
        ):  # the end of the text without spaces, and its last `@`, are looked for once, or time is quadratic
            stop = _END_OF_URL.search(data, start).start()
            last = data.rfind(b"@", start, stop)
        if last < start or start < done or _PORT.match(data, start):
            continue
        mark = _end_of_password(data, start, last)
        if mark > start and data[start:mark] not in (b"[secret]", b"[password]"):
            pieces += [data[done:start], b"[secret]"]
            done = mark
    return b"".join([*pieces, data[done:]]) if pieces else data


def _end_of_password(data: bytes, start: int, last: int) -> int:
    """Where its `@` stands: the first with a host behind it, or else the last."""
    mark = data.find(b"@", start, last + 1)
    for _ in range(_MOST_MARKS):
        if mark == last or _HOST.match(data, mark + 1):
            return mark
        mark = data.find(b"@", mark + 1, last + 1)
    return last


def _user_only(found: bytes) -> bytes:
    """`https://token@host`: a long name with letters and digits is a token."""
    head, _, name = found[:-1].partition(b"://")
    random = any(48 <= byte <= 57 for byte in name) and not name.isdigit()
    return head + b"://[token]@" if random else found


def replaced(data: bytes, pattern: re2._Regexp, replace: Callable[[bytes], bytes]) -> bytes:
    """As `sub`, which would make a match object with its groups for each."""
    pieces, done = [], 0
    for match in pattern.finditer(data):
        start, stop = match.span()
        pieces += [data[done:start], replace(data[start:stop])]
        done = stop
    return b"".join([*pieces, data[done:]]) if pieces else data


def without_groups(data: bytes, pattern: re2._Regexp, secret: bytes) -> bytes:
    """What follows the group that matched goes."""
    pieces, done = [], 0
    for match in pattern.finditer(data):
        pieces += [data[done : match.end(match.lastindex)], secret]
        done = match.end()
    return b"".join([*pieces, data[done:]]) if pieces else data


def _inner(data: bytes, pattern: re2._Regexp, secret: bytes) -> bytes:
    """The last group that matched goes."""
    pieces, done = [], 0
    for match in pattern.finditer(data):
        group = match.lastindex
        pieces += [data[done : match.start(group)], secret]
        done = match.end(group)
    return b"".join([*pieces, data[done:]]) if pieces else data
