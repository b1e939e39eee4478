"""Lines as well-known programs write them, each with what it says: to measure how well and how fast they are grouped."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_PLACE: Final = re.compile(r"<(\w+)>")
_SEED: Final = 6

_HEADERS: Final = {
    "json": '{"timestamp":"2026-11-23T14:<s>:<s>.<ms>Z","level":"error","service":"box-office","pid":<n>,"message":"…"}',
    "java": "2026-11-23 14:<s>:<s>,<ms> ERROR [http-nio-8080-exec-<d>] org.example.tickets.OrderService: …",
    "syslog": "Nov 23 14:<s>:<s> gate<d> sshd[<n>]: …",
    "apache": "[Mon Nov 23 14:<s>:<s>.<id> 2026] [proxy:error] [pid <n>:tid <n>] [client <ip>:<n>] …",
    "access": '<ip> - - [23/Nov/2026:14:<s>:<s> +0800] "…',
    "python": "2026-11-23 14:<s>:<s>,<ms> - tickets.worker - ERROR - …",
    "node": "2026-11-23T14:<s>:<s>.<ms>Z error: …",
    "chinese": "2026-11-23 14:<s>:<s>.<ms> 錯誤 [結帳-<d>] …",
    "postgres": "2026-11-23 14:<s>:<s>.<ms> UTC [<n>] buyer@tickets ERROR:  …",
    "nginx": "2026/11/23 14:<s>:<s> [error] <n>#<n>: *<n> …",
    "logfmt": "time=2026-11-23T14:<s>:<s>Z level=error …",
    "klog": "E1123 14:<s>:<s>.<id>   <n> scheduler.go:<n>] …",
    "android": "11-23 14:<s>:<s>.<ms>  <n>  <n> W PowerKeeper: …",
}
"""What stands before (and around) a message, which is the `…`."""

_MESSAGES: Final = {
    "json": """
payment <n> of customer <hash> failed after <n> ms: gateway <ip> answered <d>
payment <n> of customer <hash> was refused by the bank
seat <code> of event <n> is held by somebody else until <s>:<s>
cannot reach redis at <ip>:<n>, attempt <d> of 5
ticket <uuid> was already used at gate <d>
no venue named <word> is on sale for event <n>
""",
    "java": """
Order <n> could not be placed: connection to <ip>:5432 refused
Order <n> could not be placed: pool is empty after <n>ms
Block blk_<n>_<n> of journal /var/lib/orders/<n>/part-<id> is corrupt
Task attempt_<n>_<id>_<step>_<d> moved from RUNNING to FAILED
Task attempt_<n>_<id>_<step>_<d> moved from RUNNING to DONE
Loaded handler org.example.tickets.<Class>Handler for event org.example.tickets.<Class>Event
Node GATE-<letters>0<d> lost <d> heartbeats
lease for [client_<n>_<d>] was not renewed for <n> seconds
""",
    "syslog": """
Failed password for <user> from <ip> port <n> ssh2
Failed password for invalid user <user> from <ip> port <n> ssh2
pam_unix(sshd:auth): authentication failure; logname= uid=0 tty=ssh rhost=<host>
pam_unix(sshd:auth): authentication failure; logname= uid=0 tty=ssh rhost=<host>  user=<user>
Connection closed by <ip> port <n> [preauth]
interface eth<d>: link is up, <n> Mbps
reverse lookup of <host> [<ip>] does not lead back
cannot find names <list>
""",
    "apache": """
AH01114: HTTP: failed to make connection to backend: <ip>
AH00898: Error reading from remote server returned by /api/orders/<n>
script '/srv/www/<word>/<n>.php' not found or unable to stat
worker <n> in slot <d> went away
""",
    "access": """
GET /api/events/<n>/seats HTTP/1.1" 200 <n> "-" "curl/8.<d>"
GET /api/events/<n>/seats HTTP/1.1" 503 <n> "-" "curl/8.<d>"
POST /api/orders HTTP/1.1" 201 <n> "https://tickets.example/e/<n>" "Mozilla/5.0"
POST /api/orders HTTP/1.1" 500 <n> "https://tickets.example/e/<n>" "Mozilla/5.0"
""",
    "python": r"""
job <uuid> took <n>.<d> s, more than <n> s
job <uuid> gave up after <d> tries: HTTPSConnectionPool(host='<host>', port=443): Read timed out.
lost\nTraceback (most recent call last):\n  File "/srv/mail.py", line <n>, in call\n    raise MailError(<n>)\nMailError: <n>
lost\nTraceback (most recent call last):\n  File "/srv/press.py", line <n>, in call\n    raise PaperError(<n>)\nPaperError
cannot parse <path>: unexpected byte 0x<hex> at offset <n>
""",
    "node": r"""
TypeError: Cannot read properties of undefined\n    at sum (/srv/cart.js:<n>:<d>)\n    at buy (/srv/buy.js:<n>:<d>)
RangeError: invalid count <n>\n    at reserve (/srv/seats.js:<n>:<d>)\n    at buy (/srv/buy.js:<n>:<d>)
connect ECONNREFUSED <ip>:<n>
connect ETIMEDOUT <ip>:<n>
GET /orders/<n> answered in <n>ms
""",
    "chinese": """
訂單 <n> 建立失敗:資料庫連線逾時,已等待 <n> 毫秒
訂單 <n> 建立失敗:庫存不足,剩餘 <d> 張
使用者 <user>@tickets.example 登入失敗,來源 <ip>
無法連線至付款閘道 <ip>:<n>,第 <d> 次重試
票券 <uuid> 已於 <s>:<s>:<s> 驗票
""",
    "postgres": """
duplicate key value violates unique constraint "orders_pkey_<n>"
deadlock detected while process <n> waits for ShareLock on transaction <n>
canceling statement due to statement timeout after <n> ms
relation "shop.part_<n>" does not exist at character <n>
""",
    "nginx": """
connect() failed (111: Connection refused) while connecting to upstream, client: <ip>, upstream: "http://<ip>:<n>/<n>"
upstream timed out (110: Connection timed out) while reading the header, client: <ip>, upstream: "http://<ip>:<n>/<n>"
open() "/srv/www/<word>/<n>.png" failed (2: No such file or directory), client: <ip>
""",
    "logfmt": """
msg="hold expired" hold=<uuid> event=<n> seats=<d> owner=<user>
msg="hold refused" hold=<uuid> event=<n> owner=<owner>
msg=sweep took=<n>ms freed=<n> force=true
msg=sweep took=<n>ms freed=<n> force=false
""",
    "klog": """
Failed to bind pod shop/web-<hash> to node <host>: Operation cannot be fulfilled
Pod shop/web-<hash> was evicted, <n>Ki above its limit
lease kube-system/lock-<d> lost after <n>.<d>s
""",
    "android": """
acquire lock=<n>, flags=0x<d>, tag="<tag>", name=<package>, ws=<source>, uid=<n>
release lock=<n>, flags=0x<d>, tag="<tag>", name=<package>, ws=<source>, uid=<n>
going to sleep, wakefulness=<d>, interactive=false
going to sleep, wakefulness=<d>, interactive=true
shown package is org.example.<word>.ui
""",
}
"""Made up for this, a message a line. What stands in `<>` differs from line to line."""

_WORDS: Final = ("hall", "arena", "club", "garden", "opera", "stadium", "tent", "tower", "harbour", "cellar")
_USERS: Final = ("root", "ada", "grace", "linus", "mallory", "deploy", "backup", "oracle", "guest")


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A line, and which message it is (a stack trace is one message)."""

    line: bytes
    kind: str


def formats() -> Sequence[str]:
    """The names of the formats."""
    return tuple(_HEADERS)


def lines(name: str, entries: int) -> Iterator[Labelled]:
    """So many entries of a format, the same each time; some kinds are thirty times as frequent as others."""
    dice = random.Random(f"{_SEED} {name}")
    kinds = _MESSAGES[name].strip().split("\n")
    weights = [1 + 29 * (number % 3 == 0) for number in range(len(kinds))]
    for _ in range(entries):
        kind = dice.choices(kinds, weights)[0]
        text = _PLACE.sub(lambda found: _value(dice, found[1]), _HEADERS[name].replace("…", kind))
        for line in text.split(r"\n"):
            yield Labelled(line=line.encode(), kind=kind)


def mixed(entries: int) -> Iterator[bytes]:
    """So many lines of all formats in turns, without traces, each with the request it belongs to: about 200 bytes."""
    dice = random.Random(_SEED)
    each = [lines(name, entries) for name in _HEADERS if name not in ("json", "python", "node")]
    for number in range(entries):
        line = next(each[number % len(each)]).line
        yield (
            line + f" (of request {_value(dice, 'uuid')} from {_value(dice, 'host')}, try {dice.randrange(9)})".encode()
        )


def accuracy(kinds: Sequence[str], ids: Sequence[str]) -> float:
    """Grouping accuracy: the share of lines whose group is exactly the set of lines of its kind."""
    groups: dict[str, set[int]] = defaultdict(set)
    for number, one in enumerate(ids):
        groups[one].add(number)
    sizes = Counter(kinds)
    right = 0
    for members in groups.values():
        found = {kinds[number] for number in members}
        if len(found) == 1 and len(members) == sizes[found.pop()]:
            right += len(members)
    return right / len(kinds)


def _value(dice: random.Random, what: str) -> str:
    match what:
        case "n":
            return str(int(10 ** dice.uniform(1, 7)))
        case "d":
            return str(dice.randrange(10))
        case "s":
            return f"{dice.randrange(60):02}"
        case "ms":
            return f"{dice.randrange(1000):03}"
        case "id":
            return f"{dice.randrange(1_000_000):06}"
        case "ip":
            return ".".join(str(dice.randrange(1, 255)) for _ in range(4))
        case "hex" | "hash" | "uuid":
            return _hexadecimal(dice, {"hex": (2,), "hash": (24,), "uuid": (8, 4, 4, 4, 12)}[what])
        case "code":
            return f"{dice.choice('ABCD')}-{dice.randrange(40)}-{dice.randrange(90)}"
        case "letters":
            return dice.choice("ABCDEFGH") + dice.choice("KLMNPQ")
        case "list":
            first = dice.randrange(1, 90)
            return " ".join(
                f"{dice.choice(('an', 'bn'))}{number}" for number in range(first, first + dice.choice((4, 9)))
            )
        case "path":
            return f"/var/spool/{dice.choice(_WORDS)}/{dice.randrange(10**6)}.eml"
        case "host":
            ends = ("example.com", "dsl.example.net", "example.com.tw", "lab.example.it")
            return f"{dice.choice(_WORDS)}-{dice.randrange(300)}.{dice.choice(ends)}"
        case _:
            return dice.choice(_CHOICES[what])


_CHOICES: Final = {
    "word": _WORDS,
    "user": _USERS,
    "owner": ("null", "17", "4711"),
    "step": ("m", "m", "r"),
    "Class": ("Order", "Payment", "Refund", "Hold", "Seat"),
    "tag": ("RADIO", "View Lock", "*start*"),
    "package": ("system", "org.example.player.app", "org.example.phone"),
    "source": ("null", "Source{10113}", "Source{17}"),
}


def _hexadecimal(dice: random.Random, lengths: Sequence[int]) -> str:
    return "-".join("".join(dice.choices("0123456789abcdef", k=length)) for length in lengths)
