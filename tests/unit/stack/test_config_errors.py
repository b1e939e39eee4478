"""Every mistake in `tixmaster.toml` is named with file, line and key, all of them at once."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tixmaster.cli.stack import _unknown_causes, _wrong_variables
from tixmaster.stack import config as configuration
from tixmaster.stack.config import mailbox
from tixmaster.stack.errors import ConfigError

ROOT = Path(__file__).parents[3]


def said(folder: Path, content: str | bytes, *also: configuration.Check) -> list[str]:
    """What `load` says about a file, without its path: `line: key: message`."""
    path = folder / "tixmaster.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        configuration.load(path, also=also)
    assert caught.value.exit_code == 2
    *found, advice = str(caught.value).replace(" Fix the file", "\nFix the file").strip().split("\n")
    assert advice == "Fix the file and run the command again."
    rows = [row for row in found if row.strip()]
    assert all(row.startswith(f"{path}:") for row in rows)
    return [row.removeprefix(f"{path}:").strip() for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timing = \n", r"1: timing: not valid TOML: Invalid value \(column 10\)\."),
        ("[services\nx = 1\n", r"1: \[services: not valid TOML"),
        ("a = " + "[" * 5000, r"1: .*nests .* too deeply"),
        ("timing = 'drill'\nport = 1" + "0" * 5000, r"2: port.*: not valid TOML"),
        ("\n\ntimming = 1\n", r"3: timming: unknown key `timming`\. Did you mean `timing`\?"),
        ("root = '/'\n", r"1: root: unknown key"),
        ("services = 3\n", r"1: services: Expected a table"),
        (
            "[services.backend]\nport = 70000\n",
            r"2: services\.backend\.port: Expected `int` <= 65535 \(the value is 70000\)\.",
        ),
        ("[services]\nbackend = 3000\n", r"2: services\.backend: Expected `object`, got `int`.*Use a table"),
        ("[services.backend]\nport = -1\n", r"2: services\.backend\.port: .*the value is -1.*Use a port"),
        ("[services.shop]\nhost = 'http://x'\n", r"2: services\.shop\.host: 'http://x' is no host"),
        ("[services.'Big Shop']\nport = 1\n", r'1: services\."Big Shop": the name Expected .*small letters'),
        (
            "[services.a]\nport = 4000\n[services.b]\nport = 4000\n",
            r"4: services\.b\.port: port 4000 is taken by .*'a'",
        ),
        ("[services.shop]\nport = 9090\n", r"2: services\.shop\.port: port 9090 is taken by .*'prometheus' \(built in"),
        (
            "[services]\nbackend.port = 3002\n",
            r"2: services\.backend\.port: port 3002 is taken by .*'oncall' \(built in",
        ),
        ("[services.a]\nneeds = ['b']\n", r"2: services\.a\.needs\[0\]: there is no service 'b'"),
        ("[services.a]\nneeds = ['a']\n", r"2: services\.a\.needs\[0\]: .*circle: a → a"),
        (
            "[services.a]\nneeds = ['b']\n[services.b]\nneeds = ['c']\n[services.c]\nneeds = ['a']\n",
            r"2: services\.a\.needs\[0\]: .*circle: a → b → c → a",
        ),
        (
            "[services]\npostgres.needs = ['backend']\n",
            r"2: services\.postgres\.needs\[0\]: .*circle: postgres → backend → postgres",
        ),
        (
            "[services.a.metrics]\nignore = '('\n[services.a]\nport = 1\n",
            r"2: services\.a\.metrics\.ignore: .*not a valid regular expression",
        ),
        (
            "[[oncall.remedy.rules]]\npolicy = 'auto'\nservice = 'backnd'\n",
            r"3: .*there is no service 'backnd'.*`backend`",
        ),
        ("[oncall.remedy.budget]\nrestarts = -1\n", r"2: oncall\.remedy\.budget\.restarts: .*from 0 to 1000"),
        (
            "[oncall.remedy]\nverify_seconds = '30s'\n",
            r"2: oncall\.remedy\.verify_seconds: .*got `str`.*number of seconds",
        ),
        ("[oncall]\ncheckout_seconds = nan\n", r"2: oncall\.checkout_seconds: .*not a number"),
        ("[oncall]\ncheckout_seconds = 1e300\n", r"2: oncall\.checkout_seconds: .*too large"),
        ("[oncall]\nsop = ''\n", r"2: oncall\.sop: the path is empty"),
        ('state = "a\\u0000b"\n', r"1: state: .*NUL"),
        ("state = '~nobody-of-this-name/x'\n", r"1: state: there is no home folder"),
        ("[oncall.tracker]\nkind = 'jira'\n", r"1: oncall\.tracker\.token_file: missing required field `token_file`"),
        ("timing = 'drill'\nstate = 'var\n", r"2: state: not valid TOML: Expected \"'\"\."),
        ("logs = 1\n", r"1: logs: unknown key `logs`\. Use one of: (?!.*\broot\b|.*\bothers\b)"),
        ("[services.shop]\nport = 1\nhost = '::1'\n", r"3: services\.shop\.host: '::1' is an IPv6 address"),
        ("[services.backend]\nlisten = '0.0.0.0:3000'\n", r"2: services\.backend\.listen: .* is no host"),
        ("[services.backend]\nlisten = '[::1]'\n", r"2: services\.backend\.listen: .* is no host"),
        ("[services.backend]\nlisten = '300.1.1.1'\n", r"2: services\.backend\.listen: .* is no host"),
        ("[services.shop]\nname = ''\n", r"2: services\.shop\.name: .*the name that its manager shows"),
        ("[services.shop]\nname = '-rm'\n", r"2: services\.shop\.name: .*the name that its manager shows"),
        ("[services.shop]\nhealth = 'http://x'\n", r"2: services\.shop\.health: .*Use a path such as /health"),
        (f"[services.{'a' * 64}]\nport = 1\n", r"1: services\.a+: the name Expected .*at most 63"),
        ("mail.smtp.host = 'http://x'\n", r"1: mail\.smtp\.host: 'http://x' is no host"),
        ("[[oncall.channels]]\nname = 'a'\nurl = 'ops'\n", r"3: oncall\.channels\[0\]\.url: .*Apprise address"),
        (
            "[[oncall.channels]]\nname = 'a'\nurl = 'json://x'\nservices = ['bakend']\n",
            r"4: oncall\.channels\[0\]\.services\[0\]: there is no service 'bakend'.*`backend`",
        ),
        ("mail.oncall = []\n", r"1: mail\.oncall: nobody would be notified"),
        ("mail.oncall = 'a@x.tw'\n", r"1: mail\.oncall: Expected `array`, got `str`.*Use a list"),
        ("[mail.smtp]\npassword = 5\n", r"2: mail\.smtp\.password: Expected `str`, got `int`\. Use a text"),
        (
            "[[calendar]]\ntitle = 'x'\nkind = 'campaign'\nfrom = 2026-02-01T00:00:00Z\nuntil = 2026-01-01T00:00:00Z\n",
            r"5: calendar\[0\]\.until: 'x' must begin before it ends",
        ),
    ],
)
def test_a_mistake_has_a_line_a_key_and_a_way_out(tmp_path: Path, text: str, expected: str) -> None:
    """The line is the one an editor shows."""
    assert re.match(expected, said(tmp_path, text)[0], re.DOTALL)


def test_all_mistakes_are_named_in_one_run(tmp_path: Path) -> None:
    """In the order of the file."""
    text = "timing = 'slow'\n[services.backend]\nport = 'x'\nprot = 1\n[[oncall.channels]]\nname = 'ops'\n"
    assert [row.split(": ")[:2] for row in said(tmp_path, text)] == [
        ["1", "timing"],
        ["3", "services.backend.port"],
        ["4", "services.backend.prot"],
        ["5", "oncall.channels[0].url"],
    ]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_named(tmp_path: Path, codec: str) -> None:
    """As Notepad or PowerShell write it."""
    (row,) = said(tmp_path, "timing = 'drill'\n".encode(codec))
    assert row.startswith("1: the file is UTF-16 or UTF-32. Save it as UTF-8.")


@pytest.mark.parametrize("codec", ["big5", "gbk", "latin-1"])
def test_bytes_that_are_not_utf_8_have_a_line_and_a_key(tmp_path: Path, codec: str) -> None:
    """The first such byte."""
    word = "é" if codec == "latin-1" else "春季"
    (row,) = said(tmp_path, f"timing = 'drill'\n[[calendar]]\ntitle = '{word}'\n".encode(codec))
    assert re.match(r"3: title: the byte 0x[0-9a-f]{2} is not UTF-8", row)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    """Lines are still those of an editor."""
    path = tmp_path / "tixmaster.toml"
    path.write_bytes("\ufefftiming = 'drill'\r\n".encode())
    assert configuration.load(path).timing == "drill"
    assert said(tmp_path, "\ufefftiming = 'drill'\r\nx = 1\r\n".encode())[0].startswith("2: x: unknown key")


def test_a_secret_is_not_repeated(tmp_path: Path) -> None:
    """Messages end up in logs."""
    text = "[oncall]\ndatabase = 'mysql://me:hunter2@db/x'\n[[oncall.channels]]\nname='a'\nurl=['hunter2']\n"
    assert "hunter2" not in "\n".join(said(tmp_path, text))


def test_a_secret_variable_is_not_repeated(tmp_path: Path) -> None:
    """A key without quotes is a number, and still a key."""
    assert "4711" not in "\n".join(said(tmp_path, "[boxoffice.environment]\nBOXOFFICE_STRIPE_KEY = 4711\n"))


def test_a_rule_for_an_unknown_cause_is_named(tmp_path: Path) -> None:
    """It would never hold; `tix up` asks the SOP."""
    rules = "[[oncall.remedy.rules]]\npolicy = 'auto'\ncause = 'backend-hang'\n"
    text = f"oncall.sop = '{ROOT / 'sop'}'\n" + rules
    (row,) = said(tmp_path, text, _unknown_causes)
    assert row.startswith("4: oncall.remedy.rules[0].cause: causes.md has no cause 'backend-hang'")
    assert "Did you mean `backend-hangs`?" in row
    (tmp_path / "tixmaster.toml").write_text(text.replace("backend-hang", "backend-hangs"))
    configuration.load(tmp_path / "tixmaster.toml", also=(_unknown_causes,))


@pytest.mark.parametrize("name", ["BOXOFFICE_PORT", "BOXOFFICE_HOST"])
def test_the_address_of_the_box_office_stands_in_one_place(tmp_path: Path, name: str) -> None:
    """On another port `tix up` would wait for it in vain."""
    (row,) = said(tmp_path, f"[boxoffice.environment]\n{name} = '4000'\n", _wrong_variables)
    assert row.startswith(f"2: boxoffice.environment.{name}: {name} follows from [services.backend]")


def test_an_ipv6_address_to_listen_on_has_brackets_before_a_port(tmp_path: Path) -> None:
    """As Prometheus and Alertmanager read it."""
    (tmp_path / "tixmaster.toml").write_text("[services.prometheus]\nport = 9090\nlisten = '::1'\n")
    assert configuration.load(tmp_path / "tixmaster.toml").services.prometheus.listen_address == "[::1]:9090"


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    """`tix up` looks; each key that names a file is meant."""
    (tmp_path / "empty").touch()
    text = """
    [mail.smtp]
    host = "smtp.example.org"
    password_file = "p"
    [[oncall.channels]]
    name = "ops"
    url_file = "u"
    [oncall]
    database_password_file = "empty"
    [oncall.tracker]
    kind = "github"
    url = "https://github.com"
    token_file = "t"
    codeowners = "."
    [oncall.summary]
    url = "http://m"
    model = "m"
    key_file = "k"
    [oncall.openid]
    issuer = "https://id.example.org"
    client_id = "x"
    client_secret_file = "s"
    [services.shop]
    compose_file = "c"
    """
    found = "\n".join(said(tmp_path, text, configuration.unreadable))
    for key in (
        *(
            "mail.smtp.password_file",
            "oncall.channels[0].url_file",
            "oncall.tracker.token_file",
            "oncall.summary.key_file",
        ),
        *("oncall.openid.client_secret_file", "services.shop.compose_file"),
    ):
        assert re.search(rf"^\d+: {re.escape(key)}: the file \S+ does not exist", found, re.MULTILINE)
    assert "9: oncall.database_password_file: the file" in found
    assert "is empty" in found
    assert "oncall.tracker.codeowners: the file" in found
    assert "oncall.sop: the folder" in found
    configuration.load(tmp_path / "tixmaster.toml")  # a container has not all of them


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'BOXOFFICE_HOLD_SECONDS = "abc"',
            "BOXOFFICE_HOLD_SECONDS is 'abc'. Set it to a whole number from 1 to 86400.",
        ),
        (
            'BOXOFFICE_HOLD_SECOND = "9"',
            "unknown variable BOXOFFICE_HOLD_SECOND. Did you mean `BOXOFFICE_HOLD_SECONDS`?",
        ),
        ('BOXOFFICE_CURRENCY = "jpy"', "BOXOFFICE_CURRENCY is 'jpy', which is not divided into hundredths."),
        ('BOXOFFICE_PAYMENT_PROVIDER = "paypal"', "Set it to simulator or stripe."),
        ('BOXOFFICE_TRUSTED_PROXIES = "10.0.0.1/8"', "has host bits set"),
        ('BOXOFFICE_STRIPE_KEY_FILE = "/nowhere"\nBOXOFFICE_PAYMENT_PROVIDER = "stripe"', "cannot read /nowhere"),
        ("BOXOFFICE_HOLD_SECONDS = 900", "Expected `str`, got `int` (the value is 900). Use a text in quotes"),
    ],
)
def test_variables_of_the_box_office_are_checked_before_it_starts(tmp_path: Path, text: str, expected: str) -> None:
    """By the box office's own rules."""
    (row,) = said(tmp_path, f"[boxoffice.environment]\n{text}\n", _wrong_variables)
    assert re.match(r"2: boxoffice\.environment\.BOXOFFICE_", row)
    assert expected in row


def test_services_of_others_may_share_a_port_behind_a_proxy(tmp_path: Path) -> None:
    """Each with a health path of its own; and mail's port is free where a real mail server is used."""
    path = tmp_path / "tixmaster.toml"
    path.write_text(
        "[services.a]\nport = 80\nhealth = '/a'\n[services.b]\nport = 80\nhealth = '/b'\n"
        "[services.c]\nport = 1025\n[services.d]\nport = 3000\nhost = '192.0.2.7'\n[mail.smtp]\nhost = 'smtp.example.org'\n"
    )
    assert configuration.load(path).others["b"].port == 80


@pytest.mark.parametrize(
    ("written", "better"),
    [
        (
            '"Last, First <a@x.tw>"',
            """["\\"Last, First\\" <a@x.tw>"]""".replace('"\\"Last, First\\" <a@x.tw>"', "'\"Last, First\" <a@x.tw>'"),
        ),
        ('"a@x.tw, b@x.tw"', '["a@x.tw", "b@x.tw"]'),
        ('"a@x.tw; b@x.tw", "c@x.tw"', '["a@x.tw", "b@x.tw", "c@x.tw"]'),
        ('"a@x.tw", "A@X.tw"', '["a@x.tw"]'),
        ('" a@x.tw "', '["a@x.tw"]'),
        ('"mailto:a@x.tw"', '["a@x.tw"]'),
        ('"a@x.tw\\n"', '["a@x.tw"]'),
        ('"王小明 <a@x.tw>"', "['\"王小明\" <a@x.tw>']"),
        ('"A <a@x.tw>, Last, First <b@x.tw>"', "['\"A\" <a@x.tw>', '\"Last, First\" <b@x.tw>']"),
    ],
)
def test_recipients_are_corrected(tmp_path: Path, written: str, better: str) -> None:
    """The message holds the list to copy, and that list is accepted."""
    for text in (f"mail.oncall = [{written}]\n", f"[[oncall.escalation]]\nafter_minutes = 5\nmail = [{written}]\n"):
        key = "oncall" if text.startswith("mail") else "mail"
        assert f"Write {key} = {better}" in said(tmp_path, text)[0]
    (tmp_path / "tixmaster.toml").write_text(f"mail.oncall = {better}\n")
    configuration.load(tmp_path / "tixmaster.toml")


def test_an_address_that_cannot_be_corrected_is_explained(tmp_path: Path) -> None:
    """Also the sender's."""
    assert "1: mail.oncall[0]" in said(tmp_path, 'mail.oncall = ["nobody"]\n')[0]
    assert 'Write sender = "tix@x.tw"' in said(tmp_path, 'mail.sender = "tix@x.tw "\n')[0]
    assert "must have an @-sign" in said(tmp_path, 'mail.sender = "tix"\n')[0]


@pytest.mark.parametrize(
    "address",
    [
        "oncall@localhost",
        "a@host",
        "a@corp.local",
        "Name <a@x.tw>",
        '"Last, First" <a@x.tw>',
        "長@例子.tw",
        "a@例子.tw",
        "x@y.invalid",
    ],
)
def test_addresses_inside_a_network_and_outside_ascii_are_accepted(tmp_path: Path, address: str) -> None:
    """On-call's mail often goes to a server next door."""
    (tmp_path / "tixmaster.toml").write_text(f"mail.oncall = ['{address}']\nmail.sender = '{address}'\n")
    assert configuration.load(tmp_path / "tixmaster.toml").mail.oncall == (address,)


@given(st.from_regex(mailbox.PLAIN, fullmatch=True))
@settings(deadline=None, max_examples=100)
def test_what_is_taken_as_plain_the_library_takes_too(text: str) -> None:
    """The short way gives the same answer."""
    if len(text) <= mailbox.PLAIN_LENGTH:
        assert mailbox._parse(text) == mailbox.parse(text)


@given(st.lists(st.text(st.sampled_from("ab@x.,;<>\"' \n長é"), max_size=25), min_size=1, max_size=3))
@settings(deadline=None, max_examples=100)
def test_a_correction_is_valid_itself(texts: list[str]) -> None:
    """Whatever was written; pasted into the file it is accepted."""
    if (better := mailbox.corrected(texts)) is not None:
        listed = tomllib.loads(f"oncall = {better}")["oncall"]
        assert listed
        assert all(mailbox.valid(item) for item in listed)
        assert configuration.Mail(oncall=tuple(listed)).oncall


def everything() -> dict[str, Any]:
    """The shipped file with all that stands in its comments switched on."""
    text = (ROOT / "tixmaster.toml").read_text()
    return tomllib.loads(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))


ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["", "abc", "x" * 300, "\0", "~q/x", "a@x, b@x", "[", "(", "2026", "/", "..", "é", True, False]),
    st.sampled_from([0, -1, 1, 65536, 10**12, -(10**18), 0.0, -0.5, 1e308, float("inf"), float("nan")]),
    st.sampled_from([[], [[]], [1], [""], ["a", "a"], {}, {"a": {}}, {"": 1}, [{}], [{"name": "x"}]]),
    st.text(max_size=8),
)


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    members = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [spot for key, inner in members for spot in ((value, key), *spots(inner))]


@given(st.data())
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mutation_is_either_accepted_or_explained(tmp_path: Path, data: st.DataObject) -> None:
    """A value of another type, a key deleted or renamed, an element doubled: never a traceback, never without a line."""
    document = copy.deepcopy(everything())
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(spots(document)))
        match data.draw(st.sampled_from(["replace", "delete", "rename", "double"])):
            case "replace":
                container[key] = data.draw(ODD)
            case "delete":
                del container[key]
            case "rename" if isinstance(container, dict):
                container[data.draw(st.text(min_size=1, max_size=6).filter(lambda name: "\0" not in name))] = (
                    container.pop(key)
                )
            case "double" if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
        if not spots(document):
            break
    path = tmp_path / "tixmaster.toml"
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    try:
        config = configuration.load(path, also=(configuration.unreadable, _wrong_variables))
    except ConfigError as error:
        *rows, _ = str(error).split("\n")
        assert rows
        for row in rows:
            assert re.match(rf"{re.escape(str(path))}:\d+: [^:\s]\S*.*?: \S", row), row
    else:
        assert config.var
        assert all(config.full_name(name) for name in config.service_names)


@given(st.binary(max_size=40), st.integers(0, 2000), st.integers(0, 20))
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_the_bytes_is_explained(tmp_path: Path, noise: bytes, at: int, cut: int) -> None:
    """Bytes overwritten, inserted or lost."""
    content = (ROOT / "tixmaster.toml").read_bytes()
    path = tmp_path / "tixmaster.toml"
    path.write_bytes(content[:at] + noise + content[at + cut :])
    error = ""
    try:
        configuration.load(path)
    except ConfigError as caught:
        error = str(caught)
    assert not error or re.match(rf"{re.escape(str(path))}:\d+: \S", error)


def test_only_postgresql_listens_on_a_star(tmp_path: Path) -> None:
    """`*` is PostgreSQL's word for all addresses; a socket cannot be bound to it. The shipped container file uses it."""
    path = tmp_path / "tixmaster.toml"
    path.write_text('[services.postgres]\nlisten = "*"\n')
    assert configuration.load(path).services.postgres.listening == "*"
    path.write_text('[services.backend]\nlisten = "*"\n')
    with pytest.raises(ConfigError, match=r"tixmaster\.toml:2: services\.backend\.listen: '\*' .*0\.0\.0\.0"):
        configuration.load(path)
