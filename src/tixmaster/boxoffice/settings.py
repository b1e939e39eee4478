"""The environment variables of the box office. Read once; a wrong value stops the start and names itself.

A secret `X` may stand in a file instead: then `X_FILE` names the file.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

from tixmaster import __version__
from tixmaster.boxoffice.errors import SettingsError
from tixmaster.boxoffice.reservation.request import Terms
from tixmaster.http.peer import Networks

SECRET_BYTES: Final = 32
"""The least that HS256 asks of a key (RFC 7518, 3.2)."""
KEY_BYTES: Final = 32
MAKE_KEY: Final = (
    "Make one with `openssl rand 32 | basenc --base64url`; tickets signed with another key are not valid any more."
)
NOT_IN_HUNDREDTHS: Final = (
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf "  # whole units
    "bhd jod kwd omr tnd"  # thousandths
)
"""Currencies that Stripe counts otherwise (https://docs.stripe.com/currencies): a price would be charged
a hundredfold or a tenth."""
_MOST_DIGITS: Final = 20
_SHOWN: Final = 60
TRUE: Final = frozenset({"1", "true", "yes", "on"})
FALSE: Final = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, kw_only=True)
class PaymentSettings:
    """Which provider takes the money. `late` is what becomes of money that comes when the hold is over."""

    provider: Literal["simulator", "stripe"]
    late: Literal["take", "refund"]
    currency: str
    simulator_secret: str
    stripe_key: str
    stripe_webhook_secret: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where to listen, which database, which secrets."""

    host: str
    port: int
    log_folder: Path | None
    print_logs: bool
    environment: str
    database_url: str
    database_connections: int
    database_deadline: timedelta
    """How long a request may wait for the database before it is answered with 503."""
    jwt_secret: str
    admin_password: str
    probe_password: str
    ticket_key: bytes
    payments: PaymentSettings
    hold: timedelta
    open_orders: int
    """How many unpaid orders a buyer may have open over all ticket types; 0 is no bound."""
    open_seats: int
    """How many seats a buyer may hold in several unpaid orders; 0 is no bound."""
    requests_per_minute: int
    proxies: Networks
    """Our own reverse proxies."""
    metrics_allow: Networks
    """Clients that may read /metrics from other machines without the token."""
    metrics_token: str
    """The bearer token that opens /metrics; empty where there is none."""
    fault_endpoints: bool
    fault_token: str
    """What X-Fault-Token must hold; empty where the fault endpoints are disabled."""
    broken_routes: frozenset[str]
    """Routes of a release that was broken on purpose: POST /api/ROUTE fails from the start on."""
    release: str
    demo_events: bool

    @property
    def terms(self) -> Terms:
        """What holds for every sale."""
        return Terms(hold=self.hold, open_orders=self.open_orders or None, open_seats=self.open_seats or None)


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; raises `SettingsError`."""
    folder = environment.get("BOXOFFICE_LOG_DIR")
    faults = _switch(environment, "ENABLE_FAULT_ENDPOINTS", default=False)
    return Settings(
        host=environment.get("BOXOFFICE_HOST", "127.0.0.1"),
        port=_number(environment, "BOXOFFICE_PORT", default=3000, most=65535),
        log_folder=Path(folder) if folder else None,
        print_logs=_switch(environment, "BOXOFFICE_PRINT_LOGS", default=False),
        environment=environment.get("BOXOFFICE_ENVIRONMENT", "local"),
        database_url=_secret(environment, "BOXOFFICE_DATABASE_URL"),
        database_connections=_number(environment, "BOXOFFICE_DATABASE_CONNECTIONS", default=16, most=1000),
        database_deadline=timedelta(
            milliseconds=_number(environment, "BOXOFFICE_DATABASE_DEADLINE_MS", default=1500, least=100, most=60_000)
        ),
        jwt_secret=_long(environment, "BOXOFFICE_JWT_SECRET"),
        admin_password=_secret(environment, "BOXOFFICE_ADMIN_PASSWORD"),
        probe_password=_secret(environment, "BOXOFFICE_PROBE_PASSWORD"),
        ticket_key=_key(environment, "BOXOFFICE_TICKET_KEY"),
        payments=_payments(environment),
        hold=timedelta(seconds=_number(environment, "BOXOFFICE_HOLD_SECONDS", default=600, most=86_400)),
        open_orders=_number(environment, "BOXOFFICE_MAX_OPEN_ORDERS", default=5, most=1_000_000, least=0),
        open_seats=_number(environment, "BOXOFFICE_MAX_OPEN_SEATS", default=20, most=1_000_000, least=0),
        requests_per_minute=_number(environment, "BOXOFFICE_REQUESTS_PER_MINUTE", default=600, most=1_000_000, least=0),
        proxies=_networks(environment, "BOXOFFICE_TRUSTED_PROXIES"),
        metrics_allow=_networks(environment, "BOXOFFICE_METRICS_ALLOW"),
        metrics_token=_long_or_none(environment, "BOXOFFICE_METRICS_TOKEN"),
        fault_endpoints=faults,
        fault_token=_long(environment, "BOXOFFICE_FAULT_TOKEN") if faults else "",
        broken_routes=_broken(environment),
        release=environment.get("BOXOFFICE_RELEASE", __version__),
        demo_events=_switch(environment, "BOXOFFICE_DEMO_EVENTS", default=True),
    )


_STAND_INS: Final = {
    "BOXOFFICE_DATABASE_URL": "postgresql://localhost/tixmaster",
    "BOXOFFICE_JWT_SECRET": "-" * SECRET_BYTES,
    "BOXOFFICE_ADMIN_PASSWORD": "-",
    "BOXOFFICE_PROBE_PASSWORD": "-",
    "BOXOFFICE_TICKET_KEY": "A" * 43,
    "BOXOFFICE_SIMULATOR_SECRET": "-" * SECRET_BYTES,
    "BOXOFFICE_STRIPE_KEY": "-",
    "BOXOFFICE_STRIPE_WEBHOOK_SECRET": "-",
    "BOXOFFICE_METRICS_TOKEN": "-" * SECRET_BYTES,
    "BOXOFFICE_FAULT_TOKEN": "-" * SECRET_BYTES,
}
"""Secrets for a look at the other settings."""


def wrong(given: Mapping[str, str], *, fault_endpoints: bool) -> dict[str, str]:
    """What is wrong with each of these variables, by name: values that `read` refuses, and names that it does not know.

    Secrets that are not among them are supposed to come from elsewhere.
    """
    found = {name: f"unknown variable {name}." for name in given if name not in known()}
    switches = {"ENABLE_FAULT_ENDPOINTS": str(fault_endpoints).lower()}
    left = {name: value for name, value in given.items() if name not in found}
    while True:
        in_files = {name.removesuffix("_FILE") for name in left if name.endswith("_FILE")}
        stand_ins = {name: value for name, value in _STAND_INS.items() if name not in in_files}
        try:
            read({**stand_ins, **switches, **left})
        except SettingsError as error:
            culprit = next((name for name in sorted(left, key=len, reverse=True) if name in str(error)), None)
            if culprit is None:
                return found
            found[culprit] = str(error)
            del left[culprit]
        else:
            return found


def known() -> frozenset[str]:
    """The names of all variables: those that `read` asks for, with either payment provider, and the files of secrets."""
    asked: set[str] = set()

    class Recorder(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.add(name)
            return super().get(name, default)

    for provider in ("simulator", "stripe"):
        switches = {"BOXOFFICE_PAYMENT_PROVIDER": provider, "ENABLE_FAULT_ENDPOINTS": "true"}
        read(Recorder(_STAND_INS | switches))
    return frozenset(asked | {f"{name}_FILE" for name in _STAND_INS})


def _broken(environment: Mapping[str, str]) -> frozenset[str]:
    """Refused where faults are closed: nobody sells with a release that is meant to fail."""
    routes = frozenset(part.strip(" /") for part in environment.get("BOXOFFICE_BROKEN_ROUTES", "").split(",")) - {""}
    if routes and not _switch(environment, "ENABLE_FAULT_ENDPOINTS", default=False):
        raise SettingsError(
            "BOXOFFICE_BROKEN_ROUTES breaks orders to practise. Unset it, or set ENABLE_FAULT_ENDPOINTS."
        )
    return routes


def _payments(environment: Mapping[str, str]) -> PaymentSettings:
    """Only the provider in use needs its secrets."""
    provider = _choice(environment, "BOXOFFICE_PAYMENT_PROVIDER", "simulator", "stripe")
    simulated = provider == "simulator"
    return PaymentSettings(
        provider="simulator" if simulated else "stripe",
        late="take" if _choice(environment, "BOXOFFICE_LATE_PAYMENTS", "take", "refund") == "take" else "refund",
        currency=_currency(environment, "BOXOFFICE_CURRENCY", default="twd"),
        simulator_secret=_long(environment, "BOXOFFICE_SIMULATOR_SECRET") if simulated else "",
        stripe_key="" if simulated else _secret(environment, "BOXOFFICE_STRIPE_KEY"),
        stripe_webhook_secret="" if simulated else _secret(environment, "BOXOFFICE_STRIPE_WEBHOOK_SECRET"),
    )


def _choice(environment: Mapping[str, str], name: str, *choices: str) -> str:
    """One of the choices; the first where nothing is set."""
    value = environment.get(name, choices[0])
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}. Set it to {' or '.join(choices)}.")
    return value


def _currency(environment: Mapping[str, str], name: str, *, default: str) -> str:
    """An ISO 4217 code whose amounts providers count in hundredths, as we do."""
    value = environment.get(name, default).lower()
    if not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise SettingsError(f"{name} is {value!r}. Set it to a code of ISO 4217, such as twd.")
    if value in NOT_IN_HUNDREDTHS.split():
        raise SettingsError(f"{name} is {value!r}, which is not divided into hundredths. Prices here always are.")
    return value


def _key(environment: Mapping[str, str], name: str) -> bytes:
    """32 bytes in URL-safe base 64."""
    text = _secret(environment, name)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:  # binascii.Error, and Python's own about characters outside ASCII
        raise SettingsError(f"{name} is not URL-safe base 64: {error}. {MAKE_KEY}") from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{name} holds {len(key)} bytes, not {KEY_BYTES}. {MAKE_KEY}")
    return key


def _secret(environment: Mapping[str, str], name: str) -> str:
    if value := environment.get(name):
        return value
    file = environment.get(f"{name}_FILE")
    if not file:
        raise SettingsError(f"{name} is not set. Set it, or set {name}_FILE to a file that holds it.")
    try:
        value = Path(file).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE: cannot read {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name}_FILE: {file} is not UTF-8 text. Save it as UTF-8.") from error
    if not value:
        raise SettingsError(f"{name}_FILE: {file} is empty.")
    return value


def _long(environment: Mapping[str, str], name: str) -> str:
    value = _secret(environment, name)
    if len(value.encode()) < SECRET_BYTES:
        raise SettingsError(f"{name} is shorter than {SECRET_BYTES} bytes. Make one with `openssl rand -hex 32`.")
    return value


def _long_or_none(environment: Mapping[str, str], name: str) -> str:
    """The secret, or nothing where neither it nor its file is named."""
    return _long(environment, name) if environment.get(name) or environment.get(f"{name}_FILE") else ""


def _networks(environment: Mapping[str, str], name: str) -> Networks:
    try:
        return Networks.parse(environment.get(name, ""))
    except ValueError as error:
        raise SettingsError(f"{name}: {error}. Set it to addresses or networks, with commas between them.") from error


def _number(environment: Mapping[str, str], name: str, *, default: int, most: int, least: int = 1) -> int:
    text = environment.get(name, str(default))
    digits = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    if not digits or not least <= int(text) <= most:
        raise SettingsError(f"{name} is {text[:_SHOWN]!r}. Set it to a whole number from {least} to {most}.")
    return int(text)


def _switch(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environment.get(name)
    if text is None:
        return default
    if text.lower() in TRUE | FALSE:
        return text.lower() in TRUE
    raise SettingsError(f"{name} is {text!r}. Set it to true or false.")
