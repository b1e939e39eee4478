"""Settings: read once, and a wrong one names itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tixmaster.boxoffice.errors import SettingsError
from tixmaster.boxoffice.settings import read

COMPLETE = {
    "BOXOFFICE_DATABASE_URL": "postgresql://127.0.0.1/tixmaster",
    "BOXOFFICE_JWT_SECRET": "s" * 32,
    "BOXOFFICE_ADMIN_PASSWORD": "admin",
    "BOXOFFICE_PROBE_PASSWORD": "probe",
    "BOXOFFICE_TICKET_KEY": "a" * 43,
    "BOXOFFICE_SIMULATOR_SECRET": "w" * 32,
}


def test_faults_are_closed_and_the_address_local_by_default() -> None:
    """Nothing dangerous without being asked for."""
    settings = read(COMPLETE)
    assert settings.fault_endpoints is False
    assert (settings.fault_token, settings.metrics_token, bool(settings.metrics_allow)) == ("", "", False)
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """`X_FILE` instead of `X`; the line end is not part of it."""
    file = tmp_path / "secret"
    file.write_text("f" * 40 + "\n")
    environment = {**COMPLETE, "BOXOFFICE_JWT_SECRET_FILE": str(file)}
    del environment["BOXOFFICE_JWT_SECRET"]
    assert read(environment).jwt_secret == "f" * 40


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BOXOFFICE_JWT_SECRET", "short", "shorter than 32 bytes"),
        ("BOXOFFICE_DATABASE_URL", "", "BOXOFFICE_DATABASE_URL_FILE"),
        ("BOXOFFICE_PORT", "70000", "from 1 to 65535"),
        ("BOXOFFICE_PORT", "http", "whole number"),
        ("BOXOFFICE_PORT", "３０００", "whole number"),
        ("BOXOFFICE_PORT", "9" * 5000, "whole number"),
        ("BOXOFFICE_TICKET_KEY", "鑰" * 43, "not URL-safe base 64"),
        ("BOXOFFICE_DATABASE_CONNECTIONS", "0", "from 1 to 1000"),
        ("ENABLE_FAULT_ENDPOINTS", "perhaps", "true or false"),
        ("BOXOFFICE_BROKEN_ROUTES", "orders", "ENABLE_FAULT_ENDPOINTS"),
        ("BOXOFFICE_METRICS_TOKEN", "short", "shorter than 32 bytes"),
        ("BOXOFFICE_METRICS_ALLOW", "10.0.0.0/8, intranet", "'intranet' does not appear.*commas between"),
        ("BOXOFFICE_CURRENCY", "NT$", "ISO 4217"),
        ("BOXOFFICE_CURRENCY", "JPY", "not divided into hundredths"),
        ("BOXOFFICE_CURRENCY", "kwd", "not divided into hundredths"),
    ],
)
def test_a_wrong_setting_names_itself(name: str, value: str, words: str) -> None:
    """What is wrong, and what to set it to."""
    with pytest.raises(SettingsError, match=f"{name}.*{words}"):
        read({**COMPLETE, name: value})


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_secret_s_file_must_be_there_and_hold_it(tmp_path: Path, content: bytes | None) -> None:
    """The file is named."""
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    environment = {**COMPLETE, "BOXOFFICE_ADMIN_PASSWORD": "", "BOXOFFICE_ADMIN_PASSWORD_FILE": str(file)}
    with pytest.raises(SettingsError, match=str(file)):
        read(environment)


@pytest.mark.parametrize(
    ("token", "words"), [({}, "is not set"), ({"BOXOFFICE_FAULT_TOKEN": "short"}, "is shorter than")]
)
def test_fault_endpoints_need_a_token(token: dict[str, str], words: str) -> None:
    """Enabled without one, the box office does not start."""
    with pytest.raises(SettingsError, match=f"BOXOFFICE_FAULT_TOKEN {words}"):
        read({**COMPLETE, "ENABLE_FAULT_ENDPOINTS": "true", **token})
    given = read({**COMPLETE, "ENABLE_FAULT_ENDPOINTS": "true", "BOXOFFICE_FAULT_TOKEN": "f" * 32})
    assert (given.fault_endpoints, given.fault_token) == (True, "f" * 32)
